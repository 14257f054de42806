// The one table: a row for each measure of each data set, a column for each tool, and what the budgets say.
import { budgets, judge } from './budgets.mjs';
import { derivedMeasures } from './steps.mjs';

/** @type {Record<string, string>} in the rows' order */
const MEASURE_TITLES = {
  'first-save': 'first save',
  'unchanged-save': 'unchanged save',
  'changed-save': 'save after 1 % changed',
  'stored-size': 'stored size',
  'stored-growth': 'stored growth',
  restore: 'full restore to tmpfs',
  'one-file': 'one file back',
  diff: 'diff of two points',
  memory: 'peak memory',
  'node-start': '`node -e 0`',
  startup: '`savepoint --version`',
};
const LONGEST_REASON = 50;

/**
 * @typedef {object} TableOptions
 * @property {import('./summary.mjs').Summary} summary
 * @property {{ name: string, title: string }[]} sets
 * @property {import('./tools/tool.mjs').Tool[]} tools
 * @property {string[]} measures which rows to show
 */

/**
 * Markdown; a cell holds the median, the range of the rounds, and CPU seconds for what took long enough to tell.
 * @param {TableOptions} options
 */
export function formatTable({ summary, sets, tools, measures }) {
  const own = tools.filter((tool) => tool.family === 'savepoint');
  const budgetColumns =
    own.length === 0 ? [] : ['budget', ...own.map((tool) => tool.title.replace('savepoint, ', ''))];
  const rows = [['', ...tools.map((tool) => tool.title), ...budgetColumns]];
  for (const set of sets) {
    for (const measure of Object.keys(MEASURE_TITLES)) {
      if (!measures.includes(measure)) continue;
      const cells = tools.map((tool) =>
        formatCell(measure, summary.find({ set: set.name, measure, tool: tool.name })),
      );
      if (cells.every((cell) => cell === '')) continue;
      const title = [set.title, MEASURE_TITLES[measure]].filter(Boolean).join(': ');
      rows.push([
        title,
        ...cells,
        ...(own.length === 0 ? [] : formatBudgets({ set: set.name, measure, own, summary })),
      ]);
    }
  }
  const [head, ...body] = rows.map(
    (row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`,
  );
  const rule = `|${rows[0].map((_, column) => (column === 0 ? ' --- ' : ' ---: ')).join('|')}|`;
  return [head, rule, ...body].join('\n');
}

/**
 * What the table can't hold: full reasons of failures and remarks on metadata, a line each.
 * @param {import('./samples.mjs').Results} results
 */
export function formatNotes({ gaps, remarks }) {
  const failures = gaps
    .filter(({ kind }) => kind === 'failed' || kind === 'wrong')
    .map(({ set, measure, tool, reason, kind }) => `- ${set}, ${measure}, ${tool}: ${kind}: ${reason}`);
  const differences = remarks.map(({ set, measure, tool, text }) => `- ${set}, ${measure}, ${tool}: ${text}`);
  return [...new Set([...failures, ...differences])].join('\n');
}

/**
 * @param {string} measure
 * @param {import('./summary.mjs').Figure | import('./summary.mjs').Missing | undefined} cell
 */
function formatCell(measure, cell) {
  if (cell === undefined) return '';
  if ('missing' in cell) return `${cell.kind === 'wrong' ? '**wrong**' : 'n/a'}: ${shorten(cell.missing)}`;
  const { median, min, max, cpuSeconds } = cell;
  const [low, middle, high] = [min, median, max].map((value) => formatValue(measure, value));
  const range = low === high ? '' : ` (${low.replace(/ \w+$/, '')}–${high.replace(/ \w+$/, '')})`;
  const cpu = cpuSeconds === undefined || cpuSeconds < 0.1 ? '' : `, cpu ${cpuSeconds.toPrecision(3)}`;
  return `${middle}${range}${cpu}`;
}

/**
 * @param {string} measure
 * @param {number} value
 */
function formatValue(measure, value) {
  if (measure in derivedMeasures) return `${(value / 1e6).toFixed(Math.abs(value) < 10e6 ? 2 : 0)} MB`;
  return `${value.toFixed(value < 10 ? 3 - Number(value >= 1) : 1)} s`;
}

/** @param {string} reason */
function shorten(reason) {
  const line = reason.replaceAll('\n', ' ');
  return line.length <= LONGEST_REASON ? line : `${line.slice(0, LONGEST_REASON - 1)}…`;
}

/**
 * The budgets of one row, and for each Savepoint what it comes to.
 * @param {{ set: string, measure: string, own: import('./tools/tool.mjs').Tool[], summary: import('./summary.mjs').Summary }} row
 */
function formatBudgets({ set, measure, own, summary }) {
  const found = budgets.filter((budget) => budget.set === set && budget.measure === measure);
  const verdicts = own.map((tool) =>
    found.map((budget) => formatVerdict(judge({ budget, tool: tool.name, summary }))),
  );
  return [found.map((budget) => budget.text), ...verdicts].map((texts) => texts.join('; '));
}

/** @param {import('./budgets.mjs').Verdict} verdict */
function formatVerdict({ budget, value, pass }) {
  if (value === undefined) return 'n/a';
  const isRatio = budget.base.kind === 'ratio' || budget.base.kind === 'ratio-to-own';
  const text = isRatio ? value.toFixed(budget.atMost < 0.1 ? 3 : 2) : formatValue(budget.measure, value);
  return `${text} ${pass ? 'pass' : '**miss**'}`;
}
