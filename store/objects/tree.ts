// Git trees: '<octal mode> <name>\0<id>' for each entry, ordered by name as if directories ended in '/'.
// Equal directories have equal bytes, so equal ids: whoever compares trees may skip what has one id.
import { SavepointError } from '../errors.js';
import { compareNames, decodeName, encodeName, isWellFormed } from '../names.js';
import {
  ID_LENGTH_BYTES,
  type ObjectFormat,
  type ObjectId,
  readObjectId,
  writeObjectId,
} from '../object-id.js';

/** The modes that git knows. */
export const TREE_MODES = {
  file: 0o100644,
  executable: 0o100755,
  symlink: 0o120000,
  directory: 0o040000,
} as const;

export type TreeMode = (typeof TREE_MODES)[keyof typeof TREE_MODES];

export interface TreeEntry {
  readonly mode: TreeMode;
  readonly name: string;
  readonly id: ObjectId;
}

/** The content of the tree object that holds `entries`, in whatever order they come. */
export function encodeTree(entries: readonly TreeEntry[], format: ObjectFormat): Uint8Array {
  const sorted = sortTreeEntries(entries);
  let length = 0;
  for (const entry of sorted) length += 8 + entry.name.length * 3 + ID_LENGTH_BYTES[format];
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const entry of sorted) {
    offset = writeText(
      bytes,
      offset,
      entry.mode === TREE_MODES.directory ? '40000 ' : `${entry.mode.toString(8)} `,
    );
    offset = writeName(bytes, offset, entry.name);
    bytes[offset++] = 0;
    offset = writeObjectId(bytes, offset, entry.id);
  }
  return bytes.subarray(0, offset);
}

/** The entries of a tree object's content, in git's order. Throws OBJECT_CORRUPT where it isn't a tree. */
export function parseTree(content: Uint8Array, format: ObjectFormat): TreeEntry[] {
  const entries: TreeEntry[] = [];
  const idLength = ID_LENGTH_BYTES[format];
  let offset = 0;
  while (offset < content.length) {
    const space = content.indexOf(0x20, offset);
    const end = space < 0 ? -1 : content.indexOf(0, space);
    if (end < 0 || end + 1 + idLength > content.length) throw malformedTree(offset);
    const mode = parseMode(content, offset, space);
    const name = decodeTreeName(content, space + 1, end);
    if (mode === undefined || name === '') throw malformedTree(offset);
    entries.push({ mode, name, id: readObjectId(content, end + 1, format) });
    offset = end + 1 + idLength;
  }
  return entries;
}

/** `entries` in git's order. */
export function sortTreeEntries(entries: readonly TreeEntry[]): TreeEntry[] {
  return [...entries].sort(compareTreeEntries);
}

/** Git's order of tree entries: by the bytes of the name, a directory's name as if it ended in '/'. */
export function compareTreeEntries(left: TreeEntry, right: TreeEntry): number {
  return compareNames(sortKey(left), sortKey(right));
}

function sortKey(entry: TreeEntry): string {
  return entry.mode === TREE_MODES.directory ? `${entry.name}/` : entry.name;
}

function writeText(target: Uint8Array, offset: number, text: string): number {
  for (let i = 0; i < text.length; i++) target[offset + i] = text.charCodeAt(i);
  return offset + text.length;
}

const encoder = new TextEncoder();

function writeName(target: Uint8Array, offset: number, name: string): number {
  let i = 0;
  for (; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code >= 0x80) break;
    target[offset + i] = code;
  }
  if (i === name.length) return offset + i;
  if (isWellFormed(name)) return offset + encoder.encodeInto(name, target.subarray(offset)).written;
  const bytes = encodeName(name);
  target.set(bytes, offset);
  return offset + bytes.length;
}

/** Adding up characters would make a rope of each name; short plain ones are made at once. */
function decodeTreeName(content: Uint8Array, start: number, end: number): string {
  const bytes = content.subarray(start, end);
  if (bytes.length > LONGEST_PLAIN_NAME) return decodeName(bytes);
  for (let i = 0; i < bytes.length; i++) if (bytes[i] >= 0x80) return decodeName(bytes);
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

const LONGEST_PLAIN_NAME = 64;

const KNOWN_MODES: ReadonlySet<number> = new Set(Object.values(TREE_MODES));

function parseMode(content: Uint8Array, start: number, end: number): TreeMode | undefined {
  let mode = 0;
  for (let i = start; i < end; i++) {
    const digit = content[i] - 0x30;
    if (digit < 0 || digit > 7) return undefined;
    mode = mode * 8 + digit;
  }
  return KNOWN_MODES.has(mode) ? (mode as TreeMode) : undefined;
}

function malformedTree(offset: number): SavepointError {
  return new SavepointError('OBJECT_CORRUPT', `A tree object is malformed at byte ${offset}.`, {
    fields: { offset },
  });
}
