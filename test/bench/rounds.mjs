// Measures one data set: in each round every tool gets an empty store, then each step goes round all tools before
// the next step starts, so that a slow minute of the machine hits all alike. The first tool differs by round.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles } from './datasets/change-files.mjs';
import { CommandError, measure, run } from './process.mjs';
import { removeTree } from './scratch.mjs';
import { measureSize } from './size.mjs';
import { WrongResult } from './verify.mjs';

/**
 * @typedef {object} RoundsOptions
 * @property {import('./datasets/catalog.mjs').ReadySet} ready
 * @property {import('./tools/tool.mjs').Tool[]} tools
 * @property {import('./steps.mjs').Step[]} steps
 * @property {number} rounds
 * @property {import('./scratch.mjs').Scratch} scratch
 * @property {import('./samples.mjs').Results} results gets what is measured
 * @property {(text: string) => void} report
 * @property {AbortSignal} signal
 *
 * @typedef {{ tool: import('./tools/tool.mjs').Tool, place: import('./tools/tool.mjs').Place }} Contestant
 * @typedef {RoundsOptions & { round: number, contestants: Contestant[], samplePath: string, changedFiles: number }} Round
 */

/** @param {RoundsOptions} options */
export async function measureRounds(options) {
  const { ready, rounds, scratch, signal, tools } = options;
  const files = listFiles(ready.tree);
  const samplePath = files[files.length >> 1];
  for (let round = 1; round <= rounds; round += 1) {
    const contestants = tools.map((tool) => ({
      tool,
      place: { tree: ready.tree, store: join(scratch.stores, tool.name), points: {} },
    }));
    await warmCache(ready.tree, signal);
    await measureRound({ ...options, round, contestants, samplePath, changedFiles: 0 });
  }
}

/** @param {Round} round */
async function measureRound(round) {
  const { contestants, ready, signal, steps } = round;
  try {
    for (const contestant of contestants) await prepareStore(round, contestant);
    const unchanged = steps.filter((step) => !step.changed);
    const changed = steps.filter((step) => step.changed);
    for (const step of unchanged) await measureStep(round, step);
    if (changed.length === 0) return;
    round.changedFiles = ready.change.apply().files;
    for (const step of changed) await measureStep(round, step);
  } finally {
    ready.change.revert();
    if (!signal.aborted) for (const { place } of contestants) await removeTree(place.store);
  }
}

/**
 * @param {Round} round
 * @param {Contestant} contestant
 */
async function prepareStore(round, { tool, place }) {
  mkdirSync(place.store);
  if (tool.unavailable !== undefined) return;
  try {
    for (const command of tool.prepare(place)) await run(command, { signal: round.signal });
  } catch (error) {
    recordFailure(round, { tool, measure: 'prepare', error });
  }
}

/**
 * @param {Round} round
 * @param {import('./steps.mjs').Step} step
 */
async function measureStep(round, step) {
  const { contestants } = round;
  const shift = (round.round - 1) % contestants.length;
  for (const contestant of [...contestants.slice(shift), ...contestants.slice(0, shift)]) {
    round.signal.throwIfAborted();
    const obstacle = findObstacle(round, step, contestant);
    if (obstacle !== undefined)
      recordGap(round, { tool: contestant.tool, measure: step.measure, ...obstacle });
    else await measureOne(round, step, contestant);
  }
}

/**
 * Why a step can't be tried, if it can't: the tool is missing, or failed at a step that this one needs.
 * @param {Round} round
 * @param {import('./steps.mjs').Step} step
 * @param {Contestant} contestant
 * @returns {{ reason: string, kind: import('./samples.mjs').Gap['kind'] } | undefined}
 */
function findObstacle({ results, ready, round }, step, { tool }) {
  if (tool.unavailable !== undefined) return { reason: tool.unavailable, kind: 'unavailable' };
  const needed = step.needs ?? 'prepare';
  const gap = results.gaps.find(
    (other) =>
      other.set === ready.set.name &&
      other.tool === tool.name &&
      other.round === round &&
      other.measure === needed,
  );
  if (gap === undefined) return undefined;
  if (gap.kind === 'unsupported') return { reason: gap.reason, kind: gap.kind };
  return { reason: `${needed} ${gap.kind}`, kind: 'skipped' };
}

/**
 * @param {Round} round
 * @param {import('./steps.mjs').Step} step
 * @param {Contestant} contestant
 */
async function measureOne(round, step, { tool, place }) {
  const { ready, report, results, rounds, scratch, signal } = round;
  const target = join(scratch.restores, tool.name);
  const key = { set: ready.set.name, measure: step.measure, tool: tool.name, round: round.round };
  mkdirSync(target);
  try {
    const thorough = round.round === rounds;
    const { samplePath, changedFiles } = round;
    const context = { tool, place, target, samplePath, changedFiles, thorough, signal };
    const command = step.command(context);
    if ('unsupported' in command) {
      recordGap(round, { tool, measure: step.measure, reason: command.unsupported, kind: 'unsupported' });
      return;
    }
    await settle();
    const { stdout, wallSeconds, ...figures } = await measure(command, { signal });
    if (step.point !== undefined) place.points[step.point] = tool.pointId?.(stdout) ?? step.point;
    if (step.point !== undefined && step.point !== 'unchanged')
      await recordSize(round, step.point, { tool, place });
    report(`${key.set} ${key.round}/${rounds}  ${key.measure}  ${tool.title}  ${wallSeconds.toFixed(2)} s`);
    for (const text of summarizeRemarks(await step.verify(context, stdout))) {
      results.remarks.push({ set: key.set, measure: key.measure, tool: key.tool, text });
    }
    results.samples.push({ ...key, value: wallSeconds, ...figures });
  } catch (error) {
    recordFailure(round, { tool, measure: step.measure, error });
  } finally {
    await removeTree(target);
  }
}

/**
 * Records what the store takes after the first save, and by how much the changed save made it grow.
 * @param {Round} round
 * @param {'first' | 'changed'} point
 * @param {Contestant} contestant
 */
async function recordSize({ ready, results, round }, point, { tool, place }) {
  await settle();
  const caches = tool.cachePaths.map((path) => join(place.store, path));
  const sizes = tool.storePaths.map((path) => measureSize(join(place.store, path), caches));
  const value = sizes.reduce((sum, size) => sum + size.diskBytes, 0);
  const key = { set: ready.set.name, tool: tool.name, round };
  if (point === 'first') {
    results.samples.push({ ...key, measure: 'stored-size', value });
    return;
  }
  const first = results.find({ ...key, measure: 'stored-size' });
  if (first !== undefined)
    results.samples.push({ ...key, measure: 'stored-growth', value: value - first.value });
}

/** Has the kernel write back what the tool before left dirty, so that the next one doesn't pay for it. */
async function settle() {
  await run({ argv: ['sync'] });
}

/**
 * @param {string} tree
 * @param {AbortSignal} signal
 */
async function warmCache(tree, signal) {
  // Reading into a pipe: tar doesn't read contents at all when its output is /dev/null.
  await run({ argv: ['bash', '-c', 'tar -C "$1" -cf - . | cat > /dev/null', 'bash', tree] }, { signal });
}

/**
 * @param {string[]} lines in which rsync names differences
 * @returns {string[]}
 */
function summarizeRemarks(lines) {
  if (lines.length === 0) return [];
  return [`${lines.length} entries came back with other metadata, such as: ${lines[0]}`];
}

/**
 * @param {Round} round
 * @param {{ tool: import('./tools/tool.mjs').Tool, measure: string, error: unknown }} failure
 */
function recordFailure(round, { tool, measure, error }) {
  round.signal.throwIfAborted();
  if (!(error instanceof CommandError || error instanceof WrongResult)) throw error;
  const kind = error instanceof WrongResult ? 'wrong' : 'failed';
  recordGap(round, { tool, measure, reason: error.message, kind });
}

/**
 * @param {Round} round
 * @param {{ tool: import('./tools/tool.mjs').Tool, measure: string } & Pick<import('./samples.mjs').Gap, 'reason' | 'kind'>} gap
 */
function recordGap({ ready, report, results, round, rounds }, { tool, measure, reason, kind }) {
  results.gaps.push({ set: ready.set.name, measure, tool: tool.name, round, reason, kind });
  if (kind === 'failed' || kind === 'wrong')
    report(`${ready.set.name} ${round}/${rounds}  ${measure}  ${tool.title}  ${kind}: ${reason}`);
}
