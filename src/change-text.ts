// The contents on both sides of a change, as far as a patch can tell of them: of files, and targets of symbolic links.
import { SavepointError } from '../store/errors.js';
import { decodeName } from '../store/names.js';
import type { ObjectId } from '../store/object-id.js';
import { hashObject } from '../store/objects/object-header.js';
import type { FileChange } from './diff-points.js';
import type { FileState } from './file-state.js';
import { readLiveFile } from './live-file.js';
import type { Session } from './session.js';

/** One side of a change that git has a mode for. */
export interface ContentSide {
  readonly mode: '100644' | '100755' | '120000';
  readonly id: ObjectId;
  /** Missing where it is too long, or known to be that of the other side. */
  readonly content: Uint8Array | undefined;
  /** Whether it is no text, or too long to be shown as one. */
  readonly isBinary: boolean;
}

/** A side is missing where there is no file or symbolic link. */
export interface ChangeContent {
  readonly before: ContentSide | undefined;
  readonly after: ContentSide | undefined;
}

export interface ChangeText {
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Contents longer than this are not shown as text. */
const MOST_TEXT_BYTES = 8 << 20;
/** The longest contents that a patch holds. */
const MOST_BINARY_BYTES = 64 << 20;
/** How far git looks for a NUL, which no text has (buffer_is_binary in git's xdiff-interface.c). */
const LOOKED_AT_BYTES = 8000;

/**
 * Both sides as text; what is not UTF-8 is escaped as in names. A side is missing where there is no file or symbolic
 * link, and all is `undefined` where a content is binary or too long. Contents that are equal are not read.
 */
export async function readChangeText(session: Session, change: FileChange): Promise<ChangeText | undefined> {
  const { before, after } = await readChangeContent(session, change);
  if (before?.isBinary === true || after?.isBinary === true) return undefined;
  return { before: before && textOf(before), after: after && textOf(after) };
}

/**
 * Both sides; contents that are equal are not read. With `whole` binary contents are there, too, and UNSUPPORTED is
 * thrown where one is longer than a patch takes.
 */
export async function readChangeContent(
  session: Session,
  change: FileChange,
  options: { readonly whole: boolean } = { whole: false },
): Promise<ChangeContent> {
  const { before, after } = change;
  if (before?.id !== undefined && before.id === after?.id && before.type === after.type)
    return { before: unreadSide(before), after: unreadSide(after) };
  const means = { session, change, whole: options.whole };
  return { before: await readSide(means, 'before'), after: await readSide(means, 'after') };
}

/** The text of a side; bytes that are not UTF-8 are escaped as in names. */
export function textOf({ content }: ContentSide): string {
  return content === undefined ? '' : decodeText(content);
}

function unreadSide(state: FileState): ContentSide | undefined {
  return hasContent(state)
    ? { mode: modeOf(state), id: state.id, content: undefined, isBinary: false }
    : undefined;
}

interface SideMeans {
  readonly session: Session;
  readonly change: FileChange;
  readonly whole: boolean;
}

async function readSide(means: SideMeans, side: 'before' | 'after'): Promise<ContentSide | undefined> {
  const { session, change, whole } = means;
  const state = change[side];
  if (state === undefined || !hasContent(state)) return undefined;
  const mode = modeOf(state);
  const content = await readContent(means, { side, state });
  if (content === undefined) {
    if (whole) throw tooLong(change);
    return { mode, id: state.id, content, isBinary: true };
  }
  // A live file may have changed since it was compared.
  const isLive = change.live === side && change.document === undefined;
  const id = isLive ? idOf(session, content) : state.id;
  return { mode, id, content, isBinary: isBinary(content) };
}

function idOf({ store: { platform, format } }: Session, content: Uint8Array): ObjectId {
  return hashObject(platform, format, { kind: 'blob', content });
}

function isBinary(content: Uint8Array): boolean {
  return content.length > MOST_TEXT_BYTES || content.subarray(0, LOOKED_AT_BYTES).includes(0);
}

/** `undefined` where it is too long, and for a live document whose content was not kept. */
async function readContent(
  { session, change, whole }: SideMeans,
  { side, state }: { readonly side: 'before' | 'after'; readonly state: StateWithContent },
): Promise<Uint8Array | undefined> {
  const mostBytes = whole ? MOST_BINARY_BYTES : MOST_TEXT_BYTES;
  if ((state.sizeBytes ?? 0) > mostBytes) return undefined;
  if (change.live !== side) return session.contents.read(state.id);
  if (change.document !== undefined) return session.liveDocuments.get(state.id);
  const path = side === 'before' ? (change.oldLivePath ?? change.livePath) : change.livePath;
  return readLiveFile(path, { type: state.type, mostBytes });
}

function tooLong({ livePath }: FileChange): SavepointError {
  return new SavepointError(
    'UNSUPPORTED',
    `${livePath} is longer than the 64 MiB that a patch takes; 'savepoint cat' or 'savepoint restore' give its content.`,
    { fields: { path: livePath, mostBytes: MOST_BINARY_BYTES } },
  );
}

type StateWithContent = FileState & { readonly type: 'file' | 'symlink'; readonly id: ObjectId };

function hasContent(state: FileState): state is StateWithContent {
  return (state.type === 'file' || state.type === 'symlink') && state.id !== undefined;
}

function modeOf(state: FileState): ContentSide['mode'] {
  if (state.type === 'symlink') return '120000';
  return (state.mode & 0o100) === 0 ? '100644' : '100755';
}

/** Only lines that need it are escaped, which takes long. */
function decodeText(content: Uint8Array): string {
  const text = decodeStrictly(content);
  if (text !== undefined) return text;
  const lines: string[] = [];
  for (let start = 0; start < content.length; ) {
    const end = content.indexOf(0x0a, start);
    const next = end < 0 ? content.length : end + 1;
    const line = content.subarray(start, next);
    lines.push(decodeStrictly(line) ?? decodeName(line));
    start = next;
  }
  return lines.join('');
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeStrictly(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
