// What a patch has no words for, as lines that `git apply` and `patch` skip: empty directories, permissions beyond the
// executable bit, owners, times, extended attributes, links, pipes and devices.
import type { FileChange, FileState } from '../index.js';
import { describeDifferences, differencesOf, isDirectoryTime, pathOf } from './change-lines.js';
import { formatOctalMode, formatOwner } from './format-mode.js';

/** A line for one change; `undefined` where the patch says it all. `isEmpty` is whether nothing is told of below it. */
export function patchComment(change: FileChange, isEmpty: boolean): string | undefined {
  const said = unsaid(change, isEmpty);
  return said.length === 0 ? undefined : `# ${pathOf(change)}: ${said.join(', ')}`;
}

function unsaid(change: FileChange, isEmpty: boolean): string[] {
  const { before, after } = change;
  if (after === undefined)
    return before === undefined || isSaid(before, isEmpty) ? [] : [`removed ${before.type}`];
  if (before === undefined || change.kind === 'copied') {
    const added = isSaid(after, isEmpty) ? [] : [`added ${after.type}${numbersOf(after)}`];
    return [...added, ...oddities(after, isEmpty)];
  }
  if (isDirectoryTime(change)) return [];
  const type =
    change.kind === 'type' && !(hasContent(before) && hasContent(after))
      ? [`${before.type}→${after.type}`]
      : [];
  const names = differencesOf(change).filter((name) => name !== 'type' && name !== 'content');
  const beyond = names.filter((name) => name !== 'mode' || !isGitMode(before) || !isGitMode(after));
  return [...type, ...describeDifferences(change, beyond)];
}

/** Whether git knows of such a file; of a directory, by what is in it. */
function isSaid(state: FileState, isEmpty: boolean): boolean {
  return hasContent(state) || (state.type === 'directory' && !isEmpty);
}

function hasContent({ type }: FileState): boolean {
  return type === 'file' || type === 'symlink';
}

function numbersOf({ device }: FileState): string {
  return device === undefined ? '' : ` ${device.major}:${device.minor}`;
}

/** What of a new file is not as `git apply` by root makes it. */
function oddities(state: FileState, isEmpty: boolean): string[] {
  const { type, mode, userId, groupId, xattrs, link } = state;
  if (type === 'directory' && !isEmpty && mode === 0o755 && userId === 0 && groupId === 0) return [];
  return [
    ...(type === 'symlink' || isGitMode(state) ? [] : [`mode ${formatOctalMode(mode)}`]),
    ...(userId === 0 && groupId === 0 ? [] : [`owner ${formatOwner(state)}`]),
    ...(xattrs === undefined ? [] : ['with extended attributes']),
    ...(link === undefined ? [] : ['a hard link']),
  ];
}

function isGitMode({ type, mode }: FileState): boolean {
  return mode === 0o755 || (type === 'file' && mode === 0o644);
}
