// Objects as git wrote them over the years, read as git reads them: with what it lets pass, and nothing that could lead a
// restore astray.
import { decodeName } from '../../store/names.js';
import { ID_LENGTH_BYTES, type ObjectFormat, type ObjectId, readObjectId } from '../../store/object-id.js';
import { TREE_MODES, type TreeMode } from '../../store/objects/tree.js';

export interface GitTreeEntry {
  /** `undefined` for a submodule, which has a commit of another repository in place of content. */
  readonly mode: TreeMode | undefined;
  readonly name: string;
  readonly id: ObjectId;
}

/** What a tree holds, or what is wrong with it. */
export function parseGitTree(content: Uint8Array, format: ObjectFormat): GitTreeEntry[] | string {
  const entries: GitTreeEntry[] = [];
  const names = new Set<string>();
  for (let offset = 0; offset < content.length; ) {
    const space = content.indexOf(0x20, offset);
    const end = space < 0 ? -1 : content.indexOf(0, space);
    if (end < 0 || end + 1 + ID_LENGTH_BYTES[format] > content.length) return 'a tree is cut short';
    const digits = new TextDecoder().decode(content.subarray(offset, space));
    const name = decodeName(content.subarray(space + 1, end));
    if (!/^[0-7]{1,6}$/.test(digits)) return `a tree has '${digits}' for a mode`;
    if (name === '' || name === '.' || name === '..' || name.includes('/'))
      return `a tree has an entry '${name}', which no file can have for a name`;
    if (names.has(name)) return `a tree has two entries '${name}'`;
    names.add(name);
    const mode = Number.parseInt(digits, 8);
    entries.push({ mode: treeMode(mode), name, id: readObjectId(content, end + 1, format) });
    offset = end + 1 + ID_LENGTH_BYTES[format];
  }
  return entries;
}

const TYPE_MASK = 0o170000;
const OWNER_EXECUTES = 0o100;

/** Old versions of git wrote modes such as 100664, which all that read them take for the nearest that is known. */
function treeMode(mode: number): TreeMode | undefined {
  switch (mode & TYPE_MASK) {
    case 0o100000:
      return (mode & OWNER_EXECUTES) === 0 ? TREE_MODES.file : TREE_MODES.executable;
    case TREE_MODES.symlink:
      return TREE_MODES.symlink;
    case TREE_MODES.directory:
      return TREE_MODES.directory;
    default:
      return undefined;
  }
}

export interface GitText {
  /** The first value of each header. */
  readonly headers: ReadonlyMap<string, string>;
  /** As it stands there, with a signature below it, if there is one. */
  readonly message: string;
}

/** What stands in a commit or a tag. Bytes that its encoding doesn't know come out as U+FFFD. */
export function parseGitText(content: Uint8Array): GitText {
  const plain = new TextDecoder().decode(content);
  const encoding = /^encoding (.+)$/m.exec(headersOf(plain))?.[1];
  const text = encoding === undefined ? plain : decodeAs(content, encoding);
  const headers = new Map<string, string>();
  for (const line of headersOf(text).split('\n')) {
    const space = line.indexOf(' ');
    const key = line.slice(0, space);
    if (space > 0 && !headers.has(key)) headers.set(key, line.slice(space + 1));
  }
  return { headers, message: text.slice(headersOf(text).length + 1) };
}

function headersOf(text: string): string {
  const end = text.indexOf('\n\n');
  return end < 0 ? text : text.slice(0, end + 1);
}

function decodeAs(content: Uint8Array, encoding: string): string {
  try {
    return new TextDecoder(encoding).decode(content);
  } catch (error) {
    if (error instanceof RangeError) return new TextDecoder().decode(content);
    throw error;
  }
}

/** The commits that a commit follows. */
export function parseGitParents(content: Uint8Array): ObjectId[] {
  const headers = headersOf(new TextDecoder().decode(content));
  return [...headers.matchAll(/^parent ([0-9a-f]+)$/gm)].map(([, id]) => id as ObjectId);
}

export interface GitIdentity {
  readonly name: string;
  readonly email: string;
  readonly timeSeconds: number;
}

/** Who stands in a header, and when; `undefined` where it is missing, or no date can be found in it. */
export function parseGitIdentity(text: string | undefined): GitIdentity | undefined {
  const match = /^(.*?)\s*<([^>]*)>[^\d-]*(-?\d{1,12})\b/s.exec(text ?? '');
  return match === null ? undefined : { name: match[1], email: match[2], timeSeconds: Number(match[3]) };
}
