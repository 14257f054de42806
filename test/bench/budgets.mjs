// The performance budgets as data, and whether Savepoint, on one Node version, keeps them in this run.
import { STARTUP } from './startup.mjs';

/**
 * @typedef {object} Budget
 * @property {string} set
 * @property {string} measure
 * @property {number} atMost
 * @property {string} text what the table says
 * @property {Base} base what the figure is taken relative to
 *
 * @typedef {{ kind: 'absolute' }
 *   | { kind: 'ratio', peer: string }
 *   | { kind: 'ratio-to-own', set: string, measure: string }
 *   | { kind: 'over-own', measure: string }} Base
 *
 * @typedef {object} Verdict
 * @property {Budget} budget
 * @property {string} tool
 * @property {number | undefined} value a ratio, or seconds or bytes; undefined where a figure is missing
 * @property {boolean | undefined} pass
 */

const MEMORY_BYTES = 300e6;

/**
 * @param {string} set
 * @param {string} measure
 * @param {Record<string, number>} limits highest ratio by peer
 * @returns {Budget[]}
 */
function beside(set, measure, limits) {
  return Object.entries(limits).map(([peer, atMost]) => ({
    ...{ set, measure, atMost },
    text: `≤ ${atMost} × ${peer}`,
    base: { kind: 'ratio', peer },
  }));
}

/** @type {(set: string) => Budget} */
const memory = (set) => ({
  ...{ set, measure: 'memory', atMost: MEMORY_BYTES, text: '≤ 300 MB' },
  base: { kind: 'absolute' },
});

/** @type {Budget[]} */
export const budgets = [
  ...beside('source', 'first-save', { restic: 0.35, 'tar-1': 1.2 }),
  ...beside('source', 'stored-size', { restic: 0.85 }),
  ...beside('source', 'unchanged-save', { restic: 0.2, git: 1.5 }),
  ...beside('source', 'restore', { restic: 0.45, cp: 1.1 }),
  ...beside('source', 'diff', { git: 1.2 }),
  { set: 'source', measure: 'one-file', atMost: 0.25, text: '≤ 0.25 s', base: { kind: 'absolute' } },
  ...['source', 'tiny', 'dump', 'single'].map(memory),
  {
    ...{ set: 'single', measure: 'memory', atMost: 1.2, text: '≤ 1.2 × that of the 2 GiB dump' },
    base: { kind: 'ratio-to-own', set: 'dump', measure: 'memory' },
  },
  ...beside('dump', 'first-save', { restic: 0.5 }),
  ...beside('dump', 'changed-save', { restic: 0.5 }),
  {
    ...{ set: 'dump', measure: 'stored-growth', atMost: 0.03, text: '≤ 0.03 × stored size' },
    base: { kind: 'ratio-to-own', set: 'dump', measure: 'stored-size' },
  },
  {
    ...{ set: STARTUP, measure: STARTUP, atMost: 0.03, text: '≤ 30 ms over node' },
    base: { kind: 'over-own', measure: 'node-start' },
  },
];

/**
 * @param {{ budget: Budget, tool: string, summary: import('./summary.mjs').Summary }} options
 * @returns {Verdict}
 */
export function judge({ budget, tool, summary }) {
  const { set, measure, base, atMost } = budget;
  const own = summary.findMedian({ set, measure, tool });
  const value = own === undefined ? undefined : relate({ own, budget, tool, summary, base });
  return { budget, tool, value, pass: value === undefined ? undefined : value <= atMost };
}

/**
 * @param {{ own: number, budget: Budget, tool: string, summary: import('./summary.mjs').Summary, base: Base }} options
 */
function relate({ own, budget: { set, measure }, tool, summary, base }) {
  if (base.kind === 'absolute') return own;
  if (base.kind === 'over-own') {
    const other = summary.findMedian({ set, measure: base.measure, tool });
    return other === undefined ? undefined : own - other;
  }
  const other =
    base.kind === 'ratio'
      ? summary.findMedian({ set, measure, tool: base.peer })
      : summary.findMedian({ set: base.set, measure: base.measure, tool });
  return other === undefined ? undefined : own / other;
}
