// The whole run: programs, data, then data set by data set, then start-up. Whatever happens, the stores are removed and
// the data is back in its original state at the end.
import { bytesToBuild, dataSets, prepareDataSet } from './datasets/catalog.mjs';
import { describeMachine, describeTool } from './machine.mjs';
import { ensurePrograms } from './packages.mjs';
import { measureRounds } from './rounds.mjs';
import { findRuntimes } from './runtimes.mjs';
import { Results } from './samples.mjs';
import { openScratch } from './scratch.mjs';
import { measureStartup, STARTUP } from './startup.mjs';
import { selectSteps } from './steps.mjs';
import { selectTools } from './tools/catalog.mjs';

/** What the harness itself runs besides the tools. */
const OWN_PROGRAMS = ['time', 'tar', 'diff', 'rsync'];
const HEADROOM = 1.15;

/**
 * @typedef {import('./arguments.mjs').Options & { signal: AbortSignal, report: (text: string) => void }} BenchmarkOptions
 *
 * @typedef {object} Run
 * @property {Results} results
 * @property {Awaited<ReturnType<typeof describeMachine>>} machine
 * @property {import('./tools/tool.mjs').Tool[]} tools
 * @property {Awaited<ReturnType<typeof describeTool>>[]} versions
 * @property {Record<string, { files: number, bytes: number, diskBytes: number }>} sets what the data sets hold
 */

/**
 * @param {BenchmarkOptions} options
 * @returns {Promise<Run>}
 */
export async function benchmark(options) {
  const { dataDirectory, only, measures, nodes, report, rounds, signal } = options;
  await ensurePrograms(OWN_PROGRAMS, report);
  const wantsOwn = only.includes('savepoint');
  const runtimes = wantsOwn ? await findRuntimes({ named: nodes, dataDirectory, report }) : [];
  const tools = await installTools(selectTools({ only, runtimes }), report);
  const wanted = dataSets.filter(
    (set) => options.sets.includes(set.name) && set.measures.some((measure) => measures.includes(measure)),
  );
  const scratch = await openScratch({ dataDirectory, ...estimateSpace({ wanted, tools, options }) });
  const results = new Results();
  try {
    const machine = await describeMachine(dataDirectory);
    const versions = await Promise.all(tools.map(describeTool));
    /** @type {Run['sets']} */
    const sets = {};
    try {
      for (const set of wanted) {
        const ready = await prepareDataSet({ set, dataDirectory, small: options.small, report });
        sets[set.name] = { files: ready.files, bytes: ready.bytes, diskBytes: ready.diskBytes };
        const steps = selectSteps({ wanted: measures, supported: set.measures });
        await measureRounds({ ready, tools, steps, rounds, scratch, results, report, signal });
      }
      if (measures.includes(STARTUP))
        await measureStartup({ runtimes, tools, rounds, results, report, signal });
    } catch (error) {
      // What was measured until then is worth having.
      if (!signal.aborted) throw error;
    }
    return { results, machine, tools, versions, sets };
  } finally {
    await scratch.remove();
  }
}

/**
 * The tools, those whose programs can't be had marked as unavailable.
 * @param {import('./tools/tool.mjs').Tool[]} tools
 * @param {(text: string) => void} report
 */
async function installTools(tools, report) {
  const installed = [];
  for (const tool of tools) {
    try {
      await ensurePrograms(tool.programs, report);
      installed.push(tool);
    } catch (error) {
      const unavailable = /** @type {Error} */ (error).message;
      report(`${tool.title}: ${unavailable}`);
      installed.push({ ...tool, unavailable });
    }
  }
  return installed;
}

/**
 * What the largest data set with all its stores takes on disk, and one restored tree in memory.
 * @param {{ wanted: import('./datasets/data-set.mjs').DataSet[], tools: import('./tools/tool.mjs').Tool[], options: BenchmarkOptions }} run
 */
function estimateSpace({ wanted, tools, options: { dataDirectory, small } }) {
  const shares = tools.reduce((sum, tool) => sum + tool.diskShare, 0);
  const largest = Math.max(0, ...wanted.map((set) => set.treeBytes(small)));
  return {
    diskBytes: HEADROOM * (largest * shares + bytesToBuild({ sets: wanted, dataDirectory, small })),
    memoryBytes: HEADROOM * largest,
  };
}
