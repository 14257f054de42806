// The harness's command line. A wrong word is refused with the words that would be right.
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { dataSets } from './datasets/catalog.mjs';
import { measures } from './steps.mjs';
import { families } from './tools/catalog.mjs';

const setNames = dataSets.map((set) => set.name);

export const help = `Usage: npm run bench -- [OPTION…]     (or, after a build: node test/bench/bench.mjs [OPTION…])

Measures Savepoint beside other tools, prints one table, and writes all samples as JSON.

  --rounds N          how many rounds (3)
  --only LIST         tools: ${families.join(', ')} (all)
  --sets LIST         data sets: ${setNames.join(', ')} (all)
  --measures LIST     ${measures.join(', ')} (all)
  --node NAME=PATH    a Node to run Savepoint on; may be given again (the running one, and Node 24)
  --data DIR          where data is kept and stores are made (${join(tmpdir(), 'savepoint-bench')})
  --out FILE          where the JSON goes (DIR/results.json)
  --small             a few megabytes only, to check the harness itself: its figures mean nothing
  --help              this text
`;

/** A command line that can't be followed. */
export class UsageError extends Error {}

/**
 * @typedef {object} Options
 * @property {number} rounds
 * @property {string[]} only
 * @property {string[]} sets
 * @property {string[]} measures
 * @property {{ name: string, path: string }[]} nodes
 * @property {string} dataDirectory
 * @property {string} out
 * @property {boolean} small
 * @property {boolean} help
 */

/**
 * @param {string[]} argv
 * @returns {Options}
 */
export function parseArguments(argv) {
  const { values } = parse(argv);
  const dataDirectory = resolve(values.data ?? join(tmpdir(), 'savepoint-bench'));
  const rounds = Number(values.rounds ?? '3');
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new UsageError(`--rounds takes a number from 1, not ${values.rounds}`);
  return {
    rounds,
    only: list({ option: '--only', value: values.only, known: families }),
    sets: list({ option: '--sets', value: values.sets, known: setNames }),
    measures: list({ option: '--measures', value: values.measures, known: measures }),
    nodes: (values.node ?? []).map(parseNode),
    dataDirectory,
    out: resolve(values.out ?? join(dataDirectory, 'results.json')),
    small: values.small ?? false,
    help: values.help ?? false,
  };
}

/** @param {string[]} argv */
function parse(argv) {
  const text = /** @type {const} */ ({ type: 'string' });
  const flag = /** @type {const} */ ({ type: 'boolean' });
  const node = /** @type {const} */ ({ type: 'string', multiple: true });
  const options = {
    rounds: text,
    only: text,
    sets: text,
    measures: text,
    node,
    data: text,
    out: text,
    small: flag,
    help: flag,
  };
  try {
    return parseArgs({ args: argv, options });
  } catch (cause) {
    throw new UsageError(/** @type {Error} */ (cause).message, { cause });
  }
}

/**
 * @param {{ option: string, value: string | undefined, known: string[] }} list
 */
function list({ option, value, known }) {
  if (value === undefined) return known;
  const names = value.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !known.includes(name));
  if (wrong !== undefined)
    throw new UsageError(`${option} doesn't know "${wrong}": it takes ${known.join(', ')}`);
  return names;
}

/** @param {string} value */
function parseNode(value) {
  const [name, ...rest] = value.split('=');
  if (!/^[\w.-]+$/.test(name) || rest.length === 0)
    throw new UsageError(`--node takes NAME=PATH, not ${value}`);
  return { name, path: resolve(rest.join('=')) };
}
