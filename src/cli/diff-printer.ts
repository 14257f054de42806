// The forms in which `diff` shows changes: one line each, JSON, patches, keys, or totals. What a form needs is loaded with it.
import type { FileChange, KeyChange, LineCounts } from '../index.js';
import {
  concernsContent,
  describeChange,
  differencesOf,
  pathsOf,
  statusLine,
  xattrChangesOf,
} from './change-lines.js';
import { escapeText } from './escape-name.js';
import { type PatchMeans, readPatch } from './read-patch.js';
import type { ShownProblem } from './report-problems.js';
import type { Style } from './style.js';
import { wholeNumber } from './whole-number.js';

export interface DiffPrinter {
  readonly change: (change: FileChange) => void | Promise<void>;
  readonly end?: (problems: readonly ShownProblem[]) => void | Promise<void>;
}

export async function createDiffPrinter(means: PatchMeans): Promise<DiffPrinter> {
  const { options, output } = means.context;
  if (options.has('stat')) return statPrinter(means);
  if (options.has('dirstat')) return directoryPrinter(means);
  if (output.json) return { change: (change) => recordChange(means, change) };
  if (options.has('keys')) return keysPrinter(means);
  if (options.has('patch')) return patchPrinter(means);
  if (options.has('numstat')) return { change: (change) => printLineCounts(means, change) };
  if (options.has('name-status')) return { change: (change) => output.result(statusLine(change)) };
  return { change: (change) => output.result(describeChange(change, output.style)) };
}

async function statPrinter({ context, savepoint, signal }: PatchMeans): Promise<DiffPrinter> {
  const { DiffStat } = await import('./print-diff-stat.js');
  const stat = new DiffStat(context.output, (change) => savepoint.contentGrowth(change, { signal }));
  return { change: (change) => stat.add(change), end: (problems) => stat.print(problems) };
}

async function directoryPrinter({ context: { options, output } }: PatchMeans): Promise<DiffPrinter> {
  const { DEFAULT_DEPTH, DirectoryTotals } = await import('./directory-totals.js');
  const given = options.find('dirstat');
  const depth =
    given === undefined || given === ''
      ? DEFAULT_DEPTH
      : wholeNumber(given, { flag: '--dirstat', command: 'diff' });
  const totals = new DirectoryTotals(output, depth);
  return { change: (change) => totals.add(change), end: (problems) => totals.print(problems) };
}

/** A record of the stream, with what the flags ask for besides. */
async function recordChange(means: PatchMeans, change: FileChange): Promise<void> {
  const { context, savepoint } = means;
  const { options, output } = context;
  const { before, after } = change;
  const differs = differencesOf(change);
  const hasXattrs = differs.includes('xattrs') && before !== undefined && after !== undefined;
  output.record({
    ...{ ...change, differs },
    ...(hasXattrs ? { xattrChanges: xattrChangesOf(before, after) } : {}),
    ...(options.has('patch') ? await patchFields(means, change) : {}),
    ...(options.has('numstat') ? { lines: (await countsOf(means, change)) ?? null } : {}),
    ...(options.has('keys') ? { keys: (await savepoint.diffKeys(change)) ?? null } : {}),
  });
}

/** `3\t1\t/etc/hosts`, as `git diff --numstat` has it: of what is not text, two dashes. */
async function printLineCounts(means: PatchMeans, change: FileChange): Promise<void> {
  if (!concernsContent(change)) return;
  const { added, removed } = (await countsOf(means, change)) ?? { added: '-', removed: '-' };
  means.context.output.result(`${added}\t${removed}\t${pathsOf(change)}`);
}

async function countsOf({ savepoint }: PatchMeans, change: FileChange): Promise<LineCounts | undefined> {
  return concernsContent(change) ? savepoint.countLines(change) : { added: 0, removed: 0 };
}

/** Of what is not text, how much of it is new. */
async function patchFields(means: PatchMeans, change: FileChange): Promise<object> {
  const { savepoint, signal } = means;
  const patch = await readPatch(means, change);
  if (patch !== undefined) return { patch };
  const growth = await savepoint.contentGrowth(change, { readLive: true, signal });
  return { patch: null, ...(growth === undefined ? {} : { growth }) };
}

/** By keys where the file has some, else by lines. */
async function keysPrinter(means: PatchMeans): Promise<DiffPrinter> {
  const { context, savepoint } = means;
  const { output } = context;
  const { PatchPrinter } = await import('./print-patch.js');
  const patches = new PatchPrinter(means);
  return {
    change: async (change) => {
      const keys = await savepoint.diffKeys(change);
      if (keys === undefined) return patches.print(change);
      output.result(describeChange(change, output.style));
      for (const key of keys) output.result(`   ${keyLine(key, output.style)}`);
    },
  };
}

async function patchPrinter(means: PatchMeans): Promise<DiffPrinter> {
  const { PatchPrinter } = await import('./print-patch.js');
  const patches = new PatchPrinter(means);
  return { change: (change) => patches.add(change), end: () => patches.end() };
}

function keyLine({ key, before, after }: KeyChange, style: Style): string {
  const name = escapeText(key);
  if (before === undefined) return style.green(`+ ${name} = ${escapeText(after ?? '')}`);
  if (after === undefined) return style.red(`- ${name} = ${escapeText(before)}`);
  return style.yellow(`~ ${name}: ${escapeText(before)} → ${escapeText(after)}`);
}
