// The text on both sides of a change, as far as a patch can tell of it: contents of files, and targets of symbolic links.
import { decodeName } from '../store/names.js';
import type { ObjectId } from '../store/object-id.js';
import { hashObject } from '../store/objects/object-header.js';
import type { FileChange } from './diff-points.js';
import type { FileState } from './file-state.js';
import { readLiveFile } from './live-file.js';
import type { Session } from './session.js';

/** One side of a change that git has a mode for. */
export interface TextSide {
  readonly mode: '100644' | '100755' | '120000';
  readonly id: ObjectId;
  readonly text: string;
}

export interface ChangeText {
  readonly before: TextSide | undefined;
  readonly after: TextSide | undefined;
}

/** Contents longer than this are not shown as text. */
const MOST_BYTES = 8 << 20;
/** How far git looks for a NUL, which no text has (buffer_is_binary in git's xdiff-interface.c). */
const LOOKED_AT_BYTES = 8000;

/**
 * Both sides as text; what is not UTF-8 is escaped as in names. A side is missing where there is no file or symbolic
 * link, and all is `undefined` where a content is binary or too long. Contents that are equal are not read.
 */
export async function readChangeText(session: Session, change: FileChange): Promise<ChangeText | undefined> {
  const { before, after } = change;
  if (before?.id !== undefined && before.id === after?.id) {
    return { before: unreadSide(before), after: unreadSide(after) };
  }
  const left = await readSide(session, change, 'before');
  if (left === BINARY) return undefined;
  const right = await readSide(session, change, 'after');
  return right === BINARY ? undefined : { before: left, after: right };
}

const BINARY = 'binary';

function unreadSide(state: FileState): TextSide | undefined {
  return isTextual(state) ? { mode: modeOf(state), id: state.id, text: '' } : undefined;
}

async function readSide(
  session: Session,
  change: FileChange,
  side: 'before' | 'after',
): Promise<TextSide | typeof BINARY | undefined> {
  const state = change[side];
  if (state === undefined || !isTextual(state)) return undefined;
  if ((state.sizeBytes ?? 0) > MOST_BYTES) return BINARY;
  const isLive = change.live === side && change.document === undefined;
  const content = isLive
    ? readLiveFile(change.livePath, { type: state.type, mostBytes: MOST_BYTES })
    : await readStored(session, { id: state.id, isLive: change.live === side });
  if (content === undefined || content.subarray(0, LOOKED_AT_BYTES).includes(0)) return BINARY;
  const { platform, format } = session.store;
  // A live file may have changed since it was compared.
  const id = isLive ? hashObject(platform, format, { kind: 'blob', content }) : state.id;
  return { mode: modeOf(state), id, text: decodeText(content) };
}

/** `undefined` for a live document whose content was not kept. */
async function readStored(
  session: Session,
  { id, isLive }: { readonly id: ObjectId; readonly isLive: boolean },
): Promise<Uint8Array | undefined> {
  return isLive ? session.liveDocuments.get(id) : session.contents.read(id);
}

type TextualState = FileState & { readonly type: 'file' | 'symlink'; readonly id: ObjectId };

function isTextual(state: FileState): state is TextualState {
  return (state.type === 'file' || state.type === 'symlink') && state.id !== undefined;
}

function modeOf(state: FileState): TextSide['mode'] {
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
