// How one change between two states is put into words: a letter, a path, and what differs.
import type { FileChange, FileState } from '../index.js';
import { escapeName } from './escape-name.js';
import { formatBytes } from './format-bytes.js';
import { formatOctalMode, formatOwner } from './format-mode.js';
import { formatTime } from './format-time.js';
import type { Style } from './style.js';

const LETTERS: Readonly<Record<FileChange['kind'], string>> = {
  added: 'A',
  removed: 'D',
  modified: 'M',
  type: 'T',
  attributes: 'm',
};

const COLOURS: Readonly<Record<FileChange['kind'], 'green' | 'red' | 'yellow' | 'cyan'>> = {
  added: 'green',
  removed: 'red',
  modified: 'yellow',
  type: 'yellow',
  attributes: 'cyan',
};

/** What can differ between two states of a file; these words are part of the JSON output. */
export type Difference = 'type' | 'content' | 'mode' | 'owner' | 'modified' | 'xattrs' | 'link' | 'device';

/** `M\t/etc/hosts`, as `git diff --name-status` has it. */
export function statusLine(change: FileChange): string {
  return `${LETTERS[change.kind]}\t${pathOf(change)}`;
}

/** `m  /etc/hosts  (mode 0644→0600)`. */
export function describeChange(change: FileChange, style: Style): string {
  const details = detailsOf(change);
  const letter = style[COLOURS[change.kind]](LETTERS[change.kind]);
  return `${letter}  ${pathOf(change)}${details.length === 0 ? '' : style.dim(`  (${details.join(', ')})`)}`;
}

/** The live path, safe to print, with a slash at the end where it is a directory's. */
export function pathOf({ livePath, before, after }: FileChange): string {
  const isDirectory = (after ?? before)?.type === 'directory' && livePath !== '/';
  return escapeName(isDirectory ? `${livePath}/` : livePath);
}

export function differencesOf({ kind, before, after }: FileChange): Difference[] {
  if (before === undefined || after === undefined) return [];
  const differs: [Difference, boolean][] = [
    ['type', kind === 'type'],
    ['content', kind === 'modified'],
    ['mode', before.mode !== after.mode],
    ['owner', before.userId !== after.userId || before.groupId !== after.groupId],
    ['modified', before.modified !== after.modified],
    ['xattrs', JSON.stringify(before.xattrs) !== JSON.stringify(after.xattrs)],
    ['link', before.link !== after.link],
    ['device', JSON.stringify(before.device) !== JSON.stringify(after.device)],
  ];
  return differs.filter(([, isDifferent]) => isDifferent).map(([name]) => name);
}

/** The changes, without directories whose time alone differs where that follows from a change in them. */
export async function* withoutImpliedTimes(
  changes: AsyncIterable<FileChange> | Iterable<FileChange>,
): AsyncGenerator<FileChange> {
  let held: FileChange | undefined;
  for await (const change of changes) {
    if (held !== undefined && !isBelow(change, held)) yield held;
    held = isDirectoryTime(change) ? change : undefined;
    if (held === undefined) yield change;
  }
  if (held !== undefined) yield held;
}

function isBelow({ component, path }: FileChange, directory: FileChange): boolean {
  return (
    component === directory.component && (directory.path === '' || path.startsWith(`${directory.path}/`))
  );
}

/** Whether a directory differs in its time only, which it does whenever a name in it comes or goes. */
export function isDirectoryTime(change: FileChange): boolean {
  if (change.kind !== 'attributes' || change.after?.type !== 'directory') return false;
  const differs = differencesOf(change);
  return differs.length === 1 && differs[0] === 'modified';
}

function detailsOf(change: FileChange): string[] {
  const { before, after, kind } = change;
  if (before === undefined || after === undefined) return [];
  return differencesOf(change).flatMap((name) => {
    switch (name) {
      case 'type':
        return [`${before.type}→${after.type}`];
      case 'content':
        return contentDetails(before, after);
      case 'mode':
        return [`mode ${formatOctalMode(before.mode)}→${formatOctalMode(after.mode)}`];
      case 'owner':
        return [`owner ${ownersOf(before, after).join('→')}`];
      case 'modified':
        // It goes without saying where more has changed.
        return kind === 'attributes' ? [`modified ${timesOf(before, after).join('→')}`] : [];
      case 'xattrs':
        return [`xattrs ${changedNames(before.xattrs, after.xattrs).map(escapeName).join(' ')}`];
      default:
        return [name];
    }
  });
}

function contentDetails(before: FileState, after: FileState): string[] {
  if (before.target !== undefined && after.target !== undefined) {
    return [`target ${escapeName(before.target)}→${escapeName(after.target)}`];
  }
  return before.sizeBytes === after.sizeBytes ? [] : [`${sizeOf(before)}→${sizeOf(after)}`];
}

function sizeOf({ sizeBytes }: FileState): string {
  return formatBytes(sizeBytes ?? 0);
}

/** Numbers, where the names are equal and the numbers are not. */
function ownersOf(before: FileState, after: FileState): string[] {
  const names = [formatOwner(before), formatOwner(after)];
  if (names[0] !== names[1]) return names;
  return [before, after].map(({ userId, groupId }) => `${userId}:${groupId}`);
}

/** To the nanosecond, where the seconds are equal. */
function timesOf(before: FileState, after: FileState): string[] {
  const times = [formatTime(before.modified), formatTime(after.modified)];
  return times[0] === times[1] ? [before.modified, after.modified] : times;
}

function changedNames(before: FileState['xattrs'] = {}, after: FileState['xattrs'] = {}): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name] !== after[name]).sort();
}
