// Entry point of the benchmark: prints one table on stdout and writes JSON; progress goes to stderr. Exit code 0:
// measured; 1: something failed or came out wrong; 2: usage; 130: interrupted. A missed budget isn't a failure.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { help, parseArguments, UsageError } from './arguments.mjs';
import { benchmark } from './benchmark.mjs';
import { budgets, judge } from './budgets.mjs';
import { dataSets } from './datasets/catalog.mjs';
import { STARTUP } from './startup.mjs';
import { Summary } from './summary.mjs';
import { formatNotes, formatTable } from './table.mjs';

const RESULTS_FORMAT = 1;

process.exitCode = await main(process.argv.slice(2));

/** @param {string[]} argv */
async function main(argv) {
  const interruption = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(name, () => interruption.abort());
  try {
    const options = parseArguments(argv);
    if (options.help) {
      process.stdout.write(help);
      return 0;
    }
    const date = new Date().toISOString();
    const run = await benchmark({ ...options, signal: interruption.signal, report });
    const code = publish({ ...run, options, date });
    if (!interruption.signal.aborted) return code;
    report('interrupted; what was measured is above, stores removed, data put back');
    return 130;
  } catch (error) {
    if (interruption.signal.aborted) {
      report('interrupted; stores removed, data put back');
      return 130;
    }
    const isUsage = error instanceof UsageError;
    if (!(error instanceof Error)) throw error;
    report(isUsage ? error.message : `${error.stack}`);
    return isUsage ? 2 : 1;
  }
}

/** @param {string} text */
function report(text) {
  process.stderr.write(`bench: ${text}\n`);
}

/**
 * @param {import('./benchmark.mjs').Run & { options: import('./arguments.mjs').Options, date: string }} run
 * @returns {number} the exit code
 */
function publish({ results, machine, tools, versions, sets, options, date }) {
  const summary = new Summary(results);
  const shown = dataSets.map(({ name, title }) => ({
    name,
    title: options.small ? `${title} (small)` : title,
  }));
  const measures = options.measures.includes(STARTUP)
    ? [...options.measures, 'node-start']
    : options.measures;
  const table = formatTable({ summary, sets: [...shown, { name: STARTUP, title: '' }], tools, measures });
  const notes = formatNotes(results);
  process.stdout.write(`${table}\n${notes === '' ? '' : `\n${notes}\n`}`);
  const own = tools.filter((tool) => tool.family === 'savepoint');
  const verdicts = own.flatMap((tool) =>
    budgets.map((budget) => judge({ budget, tool: tool.name, summary })),
  );
  mkdirSync(dirname(options.out), { recursive: true });
  const { samples, gaps, remarks } = results;
  const facts = { format: RESULTS_FORMAT, date, options, machine, tools: versions, sets };
  writeFileSync(
    options.out,
    `${JSON.stringify({ ...facts, summary: summary.all(), verdicts, samples, gaps, remarks }, undefined, 1)}\n`,
  );
  report(`all samples are in ${options.out}`);
  return results.hasFailures() ? 1 : 0;
}
