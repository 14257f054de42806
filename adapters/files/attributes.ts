// What a git tree can't say of files, one blob a directory: full mode, owner, times, extended attributes, hard links,
// devices, holes. Text in a fixed order, so that unchanged files give the same id, and `git diff` reads well.
// The layout is described in store/FORMAT.md.

import { SavepointError } from '../../store/errors.js';
import { compareNames } from '../../store/names.js';
import { parseJson as readJson } from '../../store/parse-json.js';
import type { FileType } from './status-words.js';

export const HEADER = 'savepoint attributes 1\n';
const TYPE_LETTERS: Readonly<Record<Exclude<FileType, 'socket'>, string>> = {
  file: 'f',
  directory: 'd',
  symlink: 'l',
  fifo: 'p',
  'character-device': 'c',
  'block-device': 'b',
};
const LETTER_TYPES = new Map(
  Object.entries(TYPE_LETTERS).map(([type, letter]) => [letter, type as StoredFileType]),
);

export type StoredFileType = keyof typeof TYPE_LETTERS;

/** What only some files have. */
export interface ExtraAttributes {
  /** Major and minor number of a device node. */
  device?: readonly [number, number];
  /** The first path, relative to the component's root, of the file that this one is a hard link to. */
  link?: string;
  /** Extended attributes (ACLs and capabilities among them): the value in base64 by name. */
  xattrs?: Readonly<Record<string, string>>;
  /** The ranges of a sparse file that hold data: offset and length in bytes; between them are holes. */
  data?: readonly (readonly [number, number])[];
}

/** The attributes of one file. The directory itself stands under the name '.', in the root of a component only. */
export interface FileAttributes extends ExtraAttributes {
  readonly name: string;
  readonly type: StoredFileType;
  /** Permission bits, with setuid, setgid and sticky. */
  readonly mode: number;
  readonly userId: number;
  readonly groupId: number;
  readonly modifiedSeconds: number;
  readonly modifiedNanoseconds: number;
}

/** Attributes of a directory's files, with the names of the users and groups that occur, where they have one. */
export interface DirectoryAttributes {
  readonly users: ReadonlyMap<number, string>;
  readonly groups: ReadonlyMap<number, string>;
  readonly files: readonly FileAttributes[];
}

export function encodeAttributes(directory: DirectoryAttributes): Uint8Array {
  let text = HEADER;
  for (const [id, name] of [...directory.users].sort(byId)) text += `user ${id} ${JSON.stringify(name)}\n`;
  for (const [id, name] of [...directory.groups].sort(byId)) text += `group ${id} ${JSON.stringify(name)}\n`;
  for (const file of [...directory.files].sort((left, right) => compareNames(left.name, right.name))) {
    text += attributeLine(file);
  }
  return new TextEncoder().encode(text);
}

/** Throws OBJECT_CORRUPT where `content` is not such a blob. */
export function parseAttributes(content: Uint8Array): DirectoryAttributes {
  return parseLines(splitLines(content));
}

function splitLines(content: Uint8Array): string[] {
  const text = new TextDecoder().decode(content);
  if (!text.startsWith(HEADER)) throw malformedAttributes(text.slice(0, 40));
  return text.slice(HEADER.length).split('\n');
}

/** Owners stand before the files. */
function parseLines(lines: readonly string[]): DirectoryAttributes {
  const owners = { users: new Map<number, string>(), groups: new Map<number, string>() };
  const files: FileAttributes[] = [];
  for (const line of lines) {
    if (line === '') continue;
    if (isOwnerLine(line.charCodeAt(1))) readOwnerLine(line, owners);
    else files.push(parseFileLine(line));
  }
  return { ...owners, files };
}

/** A dot is any character: U+2028 is none that ends a line here. */
const OWNER = /^(user|group) (\d+) (".*")$/s;

/** Whether a line is about a user or a group, by the character in its second place: no file's line has a letter there. */
export function isOwnerLine(second: number | undefined): boolean {
  return second !== undefined && second > 0x39;
}

/** Takes in what `line` says of a user or a group. Throws OBJECT_CORRUPT. */
export function readOwnerLine(
  line: string,
  owners: { readonly users: Map<number, string>; readonly groups: Map<number, string> },
): void {
  const match = OWNER.exec(line);
  if (match === null) throw malformedAttributes(line);
  const [, kind, id, name] = match;
  (kind === 'user' ? owners.users : owners.groups).set(Number(id), parseJson(name, line) as string);
}

function byId(left: readonly [number, string], right: readonly [number, string]): number {
  return left[0] - right[0];
}

function attributeLine(file: FileAttributes): string {
  const extras: ExtraAttributes = {};
  if (file.device !== undefined) extras.device = file.device;
  if (file.link !== undefined) extras.link = file.link;
  if (file.xattrs !== undefined) extras.xattrs = file.xattrs;
  if (file.data !== undefined) extras.data = file.data;
  const time = `${file.modifiedSeconds}.${String(file.modifiedNanoseconds).padStart(9, '0')}`;
  const start = `${TYPE_LETTERS[file.type]}${file.mode.toString(8).padStart(4, '0')} ${file.userId} ${file.groupId} ${time}`;
  const extraText = JSON.stringify(extras);
  return `${start} ${JSON.stringify(file.name)}${extraText === '{}' ? '' : ` ${extraText}`}\n`;
}

const LINE = /^([fdlpcb])([0-7]{4}) (\d+) (\d+) (-?\d+)\.(\d{9}) ("(?:[^"\\]|\\.)*")(?: (\{.*\}))?$/s;

/** What no name of a file has. */
const UNUSABLE = /[\0/]/;

/** What the line of a file says. Throws OBJECT_CORRUPT. */
export function parseFileLine(line: string): FileAttributes {
  const match = LINE.exec(line);
  if (match === null) throw malformedAttributes(line);
  const [, letter, mode, userId, groupId, seconds, nanoseconds, quoted, extras] = match;
  const name = parseJson(quoted, line) as string;
  if (name === '' || name === '..' || UNUSABLE.test(name)) throw malformedAttributes(line);
  return {
    name,
    type: LETTER_TYPES.get(letter) as StoredFileType,
    mode: Number.parseInt(mode, 8),
    userId: Number(userId),
    groupId: Number(groupId),
    modifiedSeconds: Number(seconds),
    modifiedNanoseconds: Number(nanoseconds),
    ...(extras === undefined ? {} : parseExtras(extras, line)),
  };
}

/** The forms that they have: points come from other hosts, too, and are to bring nothing else. */
const FORMS: Readonly<Record<keyof ExtraAttributes, (value: unknown) => boolean>> = {
  device: isPair,
  link: isText,
  xattrs: (value) => isPlain(value) && Object.entries(value).every((pair) => pair.every(isText)),
  data: (value) => Array.isArray(value) && value.every(isPair),
};

function parseExtras(text: string, line: string): ExtraAttributes {
  const extras = parseJson(text, line);
  const isKnown = ([key, value]: [string, unknown]) =>
    Object.hasOwn(FORMS, key) && FORMS[key as keyof ExtraAttributes](value);
  if (isPlain(extras) && Object.entries(extras).every(isKnown)) return extras;
  throw malformedAttributes(line);
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the system's calls end at a NUL would be another name. */
function isText(value: unknown): boolean {
  return typeof value === 'string' && !value.includes('\0');
}

function isPair(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every((each) => isCount(each));
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function parseJson(text: string, line: string): unknown {
  try {
    return readJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw malformedAttributes(line, error);
    throw error;
  }
}

export function malformedAttributes(line: string, cause?: unknown): SavepointError {
  return new SavepointError('OBJECT_CORRUPT', `An attribute blob is malformed at '${line}'.`, {
    fields: { line },
    cause,
  });
}

/** The name that a directory's attribute blob has in its tree, and how a subdirectory of a like name is escaped. */
export const ATTRIBUTES_NAME = '.attributes';

/** The name of a subdirectory's entry in the attribute tree. */
export function attributeTreeName(directoryName: string): string {
  return /^\.attributes~*$/.test(directoryName) ? `${directoryName}~` : directoryName;
}

/** The other way round: the subdirectory whose entry in the attribute tree is called `treeName`. */
export function directoryName(treeName: string): string {
  return /^\.attributes~+$/.test(treeName) ? treeName.slice(0, -1) : treeName;
}
