// `savepoint diff`: what differs between two points, or a point and the live state, in the form that was asked for.
import type { DiffQuery, FileChange, KeyChange, Savepoint } from '../index.js';
import { describeChange, differencesOf, pathOf, statusLine, withoutImpliedTimes } from './change-lines.js';
import type { CommandContext, Outcome } from './command.js';
import { encodeBytes } from './encode-bytes.js';
import { escapeLines, escapeText } from './escape-name.js';
import { countOf } from './format-bytes.js';
import type { Output } from './output.js';
import { DiffStat } from './print-diff-stat.js';
import { reportProblems, type ShownProblem } from './report-problems.js';
import type { Style } from './style.js';
import { describeDifference, differenceLines } from './table-lines.js';
import { withSavepoint } from './with-savepoint.js';

export async function diffCommand(context: CommandContext): Promise<Outcome> {
  const { operands, options, output, interruption } = context;
  const { before, after, paths } = sidesOf(operands);
  const signal = interruption.listen();
  return withSavepoint(context, async (savepoint) => {
    const [path] = paths;
    if (paths.length === 1 && (await savepoint.tables.has(before === 'live' ? after : before, path)))
      return diffTable(context, savepoint, { before, after, path });
    const problems: ShownProblem[] = [];
    const query: DiffQuery = {
      ...{ before, after, paths, signal },
      onProblem: (problem) => {
        problems.push(problem);
        if (output.json && !options.has('stat')) output.record({ problem });
      },
    };
    const print = printerOf(context, savepoint);
    const changes = output.json ? savepoint.diff(query) : withoutImpliedTimes(savepoint.diff(query));
    let isDifferent = false;
    for await (const change of changes) {
      isDifferent = true;
      await print.change(change);
      await output.settle();
    }
    print.end?.(problems);
    reportProblems(output, `${countOf(problems.length, 'file')} could not be compared:`, problems);
    if (problems.length > 0) return 'incomplete';
    return isDifferent && options.has('exit-code') ? 'differences' : 'done';
  });
}

async function diffTable(
  { options, output }: CommandContext,
  savepoint: Savepoint,
  sides: { readonly before: string; readonly after: string; readonly path: string },
): Promise<Outcome> {
  const difference = await savepoint.tables.diff(sides);
  const { added, removed, changed } = difference;
  if (output.json) output.document({ path: sides.path, ...difference });
  else {
    output.result(`${escapeText(sides.path)}: ${describeDifference(difference)}`);
    if (!options.has('stat')) {
      for (const line of differenceLines(difference, output.style)) {
        output.result(line);
        await output.settle();
      }
    }
  }
  const isDifferent = added.length + removed.length + changed.length > 0;
  return isDifferent && options.has('exit-code') ? 'differences' : 'done';
}

/** Without B, A is compared with the live state. What starts with a slash or names a component is no point, but a path. */
function sidesOf([before, second, ...rest]: readonly string[]) {
  if (second === undefined) return { before, after: 'live', paths: [] };
  const isPath = second.startsWith('/') || second.startsWith('.') || second.includes(':');
  return isPath
    ? { before, after: 'live', paths: [second, ...rest] }
    : { before, after: second, paths: rest };
}

interface Printer {
  readonly change: (change: FileChange) => void | Promise<void>;
  readonly end?: (problems: readonly ShownProblem[]) => void;
}

function printerOf({ options, output }: CommandContext, savepoint: Savepoint): Printer {
  if (options.has('stat')) {
    const stat = new DiffStat(output);
    return { change: (change) => stat.add(change), end: (problems) => stat.print(problems) };
  }
  if (output.json) {
    const [withPatch, withKeys] = [options.has('patch'), options.has('keys')];
    return {
      change: async (change) => {
        const patch = withPatch ? { patch: (await savepoint.patch(change)) ?? null } : {};
        const keys = withKeys ? { keys: (await savepoint.diffKeys(change)) ?? null } : {};
        output.record({ ...change, differs: differencesOf(change), ...patch, ...keys });
      },
    };
  }
  if (options.has('keys')) return { change: (change) => printKeys(output, savepoint, change) };
  if (options.has('patch')) return { change: (change) => printPatch(output, savepoint, change) };
  if (options.has('name-status')) return { change: (change) => output.result(statusLine(change)) };
  return { change: (change) => output.result(describeChange(change, output.style)) };
}

/** By keys where the file has some, else by lines. */
async function printKeys(output: Output, savepoint: Savepoint, change: FileChange): Promise<void> {
  const keys = await savepoint.diffKeys(change);
  if (keys === undefined) return printPatch(output, savepoint, change);
  output.result(describeChange(change, output.style));
  for (const line of keys.map((key) => keyLine(key, output.style))) output.result(`   ${line}`);
}

function keyLine({ key, before, after }: KeyChange, style: Style): string {
  const name = escapeText(key);
  if (before === undefined) return style.green(`+ ${name} = ${escapeText(after ?? '')}`);
  if (after === undefined) return style.red(`- ${name} = ${escapeText(before)}`);
  return style.yellow(`~ ${name}: ${escapeText(before)} → ${escapeText(after)}`);
}

async function printPatch(output: Output, savepoint: Savepoint, change: FileChange): Promise<void> {
  const text = await savepoint.patch(change);
  if (text === undefined) output.result(`Binary files differ: ${pathOf(change)}`);
  else if (process.stdout.isTTY)
    for (const line of text.split('\n').slice(0, -1)) output.result(colourLine(output, line));
  else if (text !== '') await output.bytes(encodeBytes(text));
}

function colourLine({ style }: Output, line: string): string {
  const shown = escapeLines(line);
  if (/^(diff|index|---|\+\+\+|old mode|new mode|new file|deleted file) /.test(line))
    return style.bold(shown);
  if (line.startsWith('@@')) return style.cyan(shown);
  if (line.startsWith('+')) return style.green(shown);
  return line.startsWith('-') ? style.red(shown) : shown;
}
