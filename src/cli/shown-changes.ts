// Which changes people are shown: not those that go without saying.
import type { FileChange } from '../index.js';
import { differencesOf, isDirectoryTime } from './change-lines.js';
import type { CommandContext } from './command.js';

const FORMS = ['name-status', 'stat', 'numstat', 'dirstat', 'patch', 'keys'];

/** The changes that `diff` shows in the form that was asked for; JSON has all. */
export function shownChanges(
  { options, output }: CommandContext,
  changes: AsyncIterable<FileChange>,
): AsyncIterable<FileChange> {
  if (output.json) return changes;
  const shown = withoutImpliedTimes(changes);
  return FORMS.some((name) => options.has(name)) ? shown : withoutMovedAlong(shown);
}

/** The changes, without directories whose time alone differs where that follows from a change in them. */
export async function* withoutImpliedTimes(
  changes: AsyncIterable<FileChange> | Iterable<FileChange>,
): AsyncGenerator<FileChange> {
  let held: FileChange | undefined;
  for await (const change of changes) {
    if (held !== undefined && !isBelow(change, held)) yield held;
    const isTime = isDirectoryTime(change);
    held = isTime && change.hasLost !== true ? change : undefined;
    if (!isTime) yield change;
  }
  if (held !== undefined) yield held;
}

/** The changes, without what goes without saying of a directory that moved: that all that is in it moved along. */
export async function* withoutMovedAlong(changes: AsyncIterable<FileChange>): AsyncGenerator<FileChange> {
  let moved: FileChange | undefined;
  for await (const change of changes) {
    if (moved !== undefined && isBelow(change, moved)) {
      const inside = change.path.slice(moved.path.length);
      const isAlong = change.kind === 'renamed' && change.oldPath === `${moved.oldPath}${inside}`;
      if (isAlong && differencesOf(change).length === 0) continue;
    } else moved = change.kind === 'renamed' && change.after?.type === 'directory' ? change : undefined;
    yield change;
  }
}

function isBelow({ component, path }: FileChange, directory: FileChange): boolean {
  return (
    component === directory.component && (directory.path === '' || path.startsWith(`${directory.path}/`))
  );
}
