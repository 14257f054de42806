// What starting Savepoint costs over starting Node itself: `--version` beside `node -e 0`, by turns.
import { CommandError, measure } from './process.mjs';
import { entryPoint } from './tools/savepoint.mjs';

export const STARTUP = 'startup';
const RUNS_A_ROUND = 10;

/**
 * @param {{ runtimes: import('./runtimes.mjs').Runtime[], tools: import('./tools/tool.mjs').Tool[], rounds: number,
 *   results: import('./samples.mjs').Results, report: (text: string) => void, signal: AbortSignal }} options
 */
export async function measureStartup({ runtimes, tools, rounds, results, report, signal }) {
  for (const { name, path } of runtimes) {
    const tool = tools.find((candidate) => candidate.name === `savepoint-${name}`);
    if (tool === undefined) continue;
    const key = { set: STARTUP, tool: tool.name };
    if (tool.unavailable !== undefined) {
      results.gaps.push({
        ...key,
        measure: STARTUP,
        round: 1,
        reason: tool.unavailable,
        kind: 'unavailable',
      });
      continue;
    }
    report(`${STARTUP}  ${tool.title}`);
    try {
      for (let round = 1; round <= rounds * RUNS_A_ROUND; round += 1) {
        signal.throwIfAborted();
        const bare = await measure({ argv: [path, '-e', '0'] }, { signal });
        const full = await measure({ argv: [path, entryPoint, '--version'] }, { signal });
        for (const [name, { wallSeconds, stdout: _, ...figures }] of Object.entries({
          'node-start': bare,
          [STARTUP]: full,
        })) {
          results.samples.push({ ...key, measure: name, round, value: wallSeconds, ...figures });
        }
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof CommandError)) throw error;
      results.gaps.push({ ...key, measure: STARTUP, round: 1, reason: error.message, kind: 'failed' });
    }
  }
}
