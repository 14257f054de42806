// The raw results of a run: one entry for every measurement, also for those that gave no figure.

/**
 * @typedef {object} Sample
 * @property {string} set
 * @property {string} measure
 * @property {string} tool
 * @property {number} round from 1
 * @property {number} value seconds for steps, bytes for sizes and memory
 * @property {number} [userSeconds]
 * @property {number} [systemSeconds]
 * @property {number} [peakBytes] of the largest process
 *
 * @typedef {object} Gap
 * @property {string} set
 * @property {string} measure
 * @property {string} tool
 * @property {number} round
 * @property {string} reason
 * @property {'unsupported' | 'unavailable' | 'skipped' | 'failed' | 'wrong'} kind skipped: a step that it needs gave nothing
 *
 * @typedef {object} Remark
 * @property {string} set
 * @property {string} measure
 * @property {string} tool
 * @property {string} text
 */

export class Results {
  /** @type {Sample[]} */
  samples = [];
  /** @type {Gap[]} */
  gaps = [];
  /** @type {Remark[]} */
  remarks = [];

  /**
   * The sample of one measurement, if it succeeded.
   * @param {{ set: string, measure: string, tool: string, round: number }} key
   */
  find(key) {
    return this.samples.find((sample) => isSame(sample, key));
  }

  /** Whether anything came out wrong or failed, other than what a tool doesn't offer. */
  hasFailures() {
    return this.gaps.some((gap) => gap.kind === 'failed' || gap.kind === 'wrong');
  }
}

/**
 * @param {{ set: string, measure: string, tool: string, round: number }} one
 * @param {{ set: string, measure: string, tool: string, round: number }} other
 */
function isSame(one, other) {
  return (
    one.set === other.set &&
    one.measure === other.measure &&
    one.tool === other.tool &&
    one.round === other.round
  );
}
