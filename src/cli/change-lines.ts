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
  renamed: 'R',
  copied: 'C',
  type: 'T',
  attributes: 'm',
};

const COLOURS: Readonly<Record<FileChange['kind'], 'green' | 'red' | 'yellow' | 'cyan'>> = {
  added: 'green',
  removed: 'red',
  modified: 'yellow',
  renamed: 'yellow',
  copied: 'green',
  type: 'yellow',
  attributes: 'cyan',
};

/** What can differ between two states of a file; these words are part of the JSON output. */
export type Difference = 'type' | 'content' | 'mode' | 'owner' | 'modified' | 'xattrs' | 'link' | 'device';

/** `M\t/etc/hosts`, or `R90\t/etc/old\t/etc/new`, as `git diff --name-status` has it. */
export function statusLine(change: FileChange): string {
  const letter = LETTERS[change.kind];
  if (change.oldLivePath === undefined) return `${letter}\t${pathOf(change)}`;
  const similarity = String(change.similarity).padStart(3, '0');
  return `${letter}${similarity}\t${oldPathOf(change)}\t${pathOf(change)}`;
}

/** `m  /etc/hosts  (mode 0644→0600)`. */
export function describeChange(change: FileChange, style: Style): string {
  const details = detailsOf(change);
  const letter = style[COLOURS[change.kind]](LETTERS[change.kind]);
  return `${letter}  ${pathsOf(change)}${details.length === 0 ? '' : style.dim(`  (${details.join(', ')})`)}`;
}

/** The live path, safe to print, with a slash at the end where it is a directory's. */
export function pathOf({ livePath, before, after }: FileChange): string {
  return shownPath(livePath, after ?? before);
}

/** `/etc/old → /etc/new` of a renamed or copied file; the path of any other. */
export function pathsOf(change: FileChange): string {
  return change.oldLivePath === undefined ? pathOf(change) : `${oldPathOf(change)} → ${pathOf(change)}`;
}

function oldPathOf({ oldLivePath = '', before }: FileChange): string {
  return shownPath(oldLivePath, before);
}

function shownPath(path: string, state: FileState | undefined): string {
  return escapeName(state?.type === 'directory' && path !== '/' ? `${path}/` : path);
}

export function differencesOf({ kind, before, after }: FileChange): Difference[] {
  if (before === undefined || after === undefined) return [];
  const differs: [Difference, boolean][] = [
    ['type', kind === 'type'],
    ['content', kind === 'modified' || (isPaired(kind) && before.id !== after.id)],
    ['mode', before.mode !== after.mode],
    ['owner', before.userId !== after.userId || before.groupId !== after.groupId],
    ['modified', before.modified !== after.modified],
    ['xattrs', JSON.stringify(before.xattrs) !== JSON.stringify(after.xattrs)],
    ['link', before.link !== after.link],
    ['device', JSON.stringify(before.device) !== JSON.stringify(after.device)],
  ];
  return differs.filter(([, isDifferent]) => isDifferent).map(([name]) => name);
}

function isPaired(kind: FileChange['kind']): boolean {
  return kind === 'renamed' || kind === 'copied';
}

/** Whether a directory differs in its time only, which it does whenever a name in it comes or goes. */
export function isDirectoryTime(change: FileChange): boolean {
  if (change.kind !== 'attributes' || change.after?.type !== 'directory') return false;
  const differs = differencesOf(change);
  return differs.length === 1 && differs[0] === 'modified';
}

function detailsOf(change: FileChange): string[] {
  const similarity = change.similarity ?? 100;
  return [
    ...(similarity === 100 ? [] : [`${similarity} % kept`]),
    ...describeDifferences(change, differencesOf(change)),
  ];
}

/** Those of `names` that differ, with both values. */
export function describeDifferences(change: FileChange, names: readonly Difference[]): string[] {
  const { before, after } = change;
  if (before === undefined || after === undefined) return [];
  return names.flatMap((name) => differenceDetails(change, { name, before, after }));
}

function differenceDetails(
  { kind }: FileChange,
  difference: { readonly name: Difference; readonly before: FileState; readonly after: FileState },
): string[] {
  const { name, before, after } = difference;
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
      return xattrDetails(xattrChangesOf(before, after));
    default:
      return [name];
  }
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

/** Names of extended attributes, sorted. Part of the JSON output. */
export interface XattrChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

export function xattrChangesOf(
  { xattrs: before = {} }: FileState,
  { xattrs: after = {} }: FileState,
): XattrChanges {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return {
    added: names.filter((name) => !Object.hasOwn(before, name)),
    removed: names.filter((name) => !Object.hasOwn(after, name)),
    changed: names.filter(
      (name) => Object.hasOwn(before, name) && Object.hasOwn(after, name) && before[name] !== after[name],
    ),
  };
}

/** `xattrs added user.a, xattrs changed user.b`. */
function xattrDetails(changes: XattrChanges): string[] {
  return (['added', 'removed', 'changed'] as const)
    .filter((what) => changes[what].length > 0)
    .map((what) => `xattrs ${what} ${changes[what].map(escapeName).join(' ')}`);
}

/** Whether a file's content came, went or changed, or has another name. */
export function concernsContent({ kind, before, after }: FileChange): boolean {
  if (kind === 'attributes') return false;
  return [before, after].some((state) => state !== undefined && state.type !== 'directory');
}
