// From raw samples to one figure for each data set, measure and tool: the median, with the lowest and the highest.
import { derivedMeasures } from './steps.mjs';

/**
 * @typedef {{ set: string, measure: string, tool: string }} Key
 *
 * @typedef {object} Figure seconds or bytes
 * @property {number} median
 * @property {number} min
 * @property {number} max
 * @property {number | undefined} cpuSeconds median of user plus system
 *
 * @typedef {object} Missing
 * @property {string} missing why there is no figure
 * @property {import('./samples.mjs').Gap['kind']} kind
 */

/** The figures of a run. A measurement that failed in any round has none. */
export class Summary {
  /** @type {Map<string, Key & (Figure | Missing)>} */
  #cells = new Map();

  /** @param {import('./samples.mjs').Results} results */
  constructor({ samples, gaps }) {
    /** @type {Map<string, import('./samples.mjs').Sample[]>} */
    const groups = new Map();
    for (const sample of [...samples, ...memoryPeaks(samples)]) {
      const group = groups.get(keyOf(sample));
      if (group === undefined) groups.set(keyOf(sample), [sample]);
      else group.push(sample);
    }
    for (const [key, group] of groups) this.#cells.set(key, summarize(group));
    for (const gap of gaps) this.#addGap(gap);
  }

  /** All figures and gaps, for `results.json`. */
  all() {
    return [...this.#cells.values()];
  }

  /**
   * @param {Key} key
   * @returns {Figure | Missing | undefined} undefined where nobody tried
   */
  find(key) {
    return this.#cells.get(keyOf(key));
  }

  /**
   * The median, if there is one.
   * @param {Key} key
   */
  findMedian(key) {
    const cell = this.find(key);
    return cell !== undefined && 'median' in cell ? cell.median : undefined;
  }

  /** @param {import('./samples.mjs').Gap} gap */
  #addGap({ set, measure, tool, reason, kind }) {
    const derived = Object.entries(derivedMeasures).filter(([, { source }]) => source === measure);
    for (const name of [measure, ...derived.map(([name]) => name)]) {
      const key = { set, measure: name, tool };
      const known = this.#cells.get(keyOf(key));
      if (known === undefined || 'median' in known)
        this.#cells.set(keyOf(key), { ...key, missing: reason, kind });
    }
  }
}

/** @param {Key} key */
const keyOf = ({ set, measure, tool }) => `${set}\n${measure}\n${tool}`;

/**
 * The highest peak of each tool's steps, round by round, as samples of the measure `memory`.
 * @param {import('./samples.mjs').Sample[]} samples
 */
function memoryPeaks(samples) {
  const { source, also } = derivedMeasures.memory;
  /** @type {Map<string, import('./samples.mjs').Sample>} */
  const peaks = new Map();
  for (const { set, measure, tool, round, peakBytes } of samples) {
    if (peakBytes === undefined || ![source, ...also].includes(measure)) continue;
    const key = `${set}\n${tool}\n${round}`;
    const value = Math.max(peakBytes, peaks.get(key)?.value ?? 0);
    peaks.set(key, { set, measure: 'memory', tool, round, value });
  }
  return peaks.values();
}

/**
 * @param {import('./samples.mjs').Sample[]} group samples of one key
 * @returns {Key & Figure}
 */
function summarize(group) {
  const [{ set, measure, tool }] = group;
  const values = group.map((sample) => sample.value);
  const cpu = group.flatMap(({ userSeconds, systemSeconds }) =>
    userSeconds === undefined || systemSeconds === undefined ? [] : [userSeconds + systemSeconds],
  );
  return {
    ...{ set, measure, tool },
    median: medianOf(values),
    min: Math.min(...values),
    max: Math.max(...values),
    cpuSeconds: cpu.length === 0 ? undefined : medianOf(cpu),
  };
}

/** @param {number[]} values at least one */
export function medianOf(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
