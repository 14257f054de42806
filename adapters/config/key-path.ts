// Names of settings within a file, one syntax for all formats: `server.port`, `hosts[0]`, `a."b.c"`. A name that has a dot, a
// bracket, a quotation mark, a control character or blanks around it stands as a JSON string; formatKey and parseKey are inverse.
import { SavepointError } from '../../store/errors.js';

/** From the outside in: names in mappings and sections, numbers in lists and for what stands more than once. */
export type KeyPath = readonly (string | number)[];

/** Names that need no quotation marks. */
const BARE = /^[^\s."[\]\p{Cc}](?:[^."[\]\p{Cc}]*[^\s."[\]\p{Cc}])?$/u;
const SIMPLE = /^[\w-]+$/;
const SEGMENT = /\[(\d{1,9})\]|(\.)?(?:("(?:[^"\\]|\\.)*")|([^."[\]]+))/uy;

/** The text of a key; the empty path, which is the whole file, is ''. */
export function formatKey(path: KeyPath): string {
  return path.reduce<string>(appendKey, '');
}

/** The key of `segment` within the value at `parent`. */
export function appendKey(parent: string, segment: string | number): string {
  if (typeof segment === 'number') return `${parent}[${segment}]`;
  const name = SIMPLE.test(segment) || BARE.test(segment) ? segment : JSON.stringify(segment);
  return parent === '' ? name : `${parent}.${name}`;
}

/** Throws INVALID_NAME where `key` is none. */
export function parseKey(key: string): KeyPath {
  const path: (string | number)[] = [];
  let at = 0;
  while (at < key.length) {
    SEGMENT.lastIndex = at;
    const match = SEGMENT.exec(key);
    if (match === null) throw invalidKey(key, at);
    const [whole, index, dot, quoted, bare] = match;
    const needsDot = index === undefined && at > 0;
    if (needsDot !== (dot !== undefined)) throw invalidKey(key, at);
    path.push(index === undefined ? parseName({ key, at, quoted, bare }) : Number(index));
    at += whole.length;
  }
  return path;
}

interface WrittenName {
  readonly key: string;
  readonly at: number;
  readonly quoted: string | undefined;
  readonly bare: string | undefined;
}

function parseName({ key, at, quoted, bare }: WrittenName): string {
  if (quoted === undefined) {
    if (bare === undefined || !BARE.test(bare)) throw invalidKey(key, at);
    return bare;
  }
  try {
    return JSON.parse(quoted) as string;
  } catch (error) {
    if (error instanceof SyntaxError) throw invalidKey(key, at);
    throw error;
  }
}

function invalidKey(key: string, at: number): SavepointError {
  return new SavepointError(
    'INVALID_NAME',
    `'${key}' is no key: character ${at + 1} does not fit. Write it like server.port, hosts[0] or a."b.c".`,
    { fields: { key, at } },
  );
}
