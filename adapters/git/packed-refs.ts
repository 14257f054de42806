// The refs of a bare repository. All changes go into one file, which is exchanged as a whole: whoever reads refs has all of a
// change or none. Source: git's documentation, gitrepository-layout(5), and refs/packed-backend.c.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import { compareNames, decodeName, encodeName } from '../../store/names.js';
import type { ObjectId } from '../../store/object-id.js';
import { saysAbsent } from '../backends/storage-error.js';

export interface PackedRef {
  readonly id: ObjectId;
  /** What an annotated tag leads to. */
  readonly peeled?: ObjectId;
}

export const PACKED_REFS = 'packed-refs';
const HEADER = '# pack-refs with: peeled fully-peeled sorted \n';
const ID = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** What packed-refs has. Throws TARGET_CONFLICT where it is no such file. */
export function readPackedRefs(directory: string): Map<string, PackedRef> {
  const path = join(directory, PACKED_REFS);
  const refs = new Map<string, PackedRef>();
  let last: string | undefined;
  for (const line of readText(path)?.split('\n') ?? []) {
    if (line === '' || line.startsWith('#')) continue;
    const [id, name] = line.startsWith('^') ? [line.slice(1), last] : splitOnce(line);
    if (name === undefined || !ID.test(id)) throw damagedRefs(path, line);
    const former = refs.get(name);
    if (line.startsWith('^') && former !== undefined) refs.set(name, { ...former, peeled: id as ObjectId });
    else refs.set(name, { id: id as ObjectId });
    last = name;
  }
  return refs;
}

/** What a packed-refs file with `refs` holds. */
export function encodePackedRefs(refs: ReadonlyMap<string, PackedRef>): Uint8Array {
  const sorted = [...refs].sort(([left], [right]) => compareNames(left, right));
  const lines = sorted.map(
    ([name, { id, peeled }]) => `${id} ${name}\n${peeled === undefined ? '' : `^${peeled}\n`}`,
  );
  return encodeName(HEADER + lines.join(''));
}

/** Refs that have files of their own, which count for more than packed-refs; symbolic ones have no id. */
export function readLooseRefs(directory: string): Map<string, ObjectId | undefined> {
  const refs = new Map<string, ObjectId | undefined>();
  collect(directory, 'refs', refs);
  return refs;
}

function collect(directory: string, folder: string, refs: Map<string, ObjectId | undefined>): void {
  for (const entry of readdirSync(join(directory, folder), { withFileTypes: true })) {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) collect(directory, name, refs);
    else if (entry.isFile() && !name.endsWith('.lock')) {
      const text = readText(join(directory, name))?.trim();
      if (text !== undefined) refs.set(name, ID.test(text) ? (text as ObjectId) : undefined);
    }
  }
}

/** The text of a file, of which every byte comes back by `encodeName`; `undefined` where there is none. */
export function readText(path: string): string | undefined {
  try {
    return statSync(path).isFile() ? decodeName(readFileSync(path)) : undefined;
  } catch (error) {
    if (saysAbsent(error)) return undefined;
    throw error;
  }
}

function splitOnce(line: string): [string, string | undefined] {
  const at = line.indexOf(' ');
  return at < 0 ? [line, undefined] : [line.slice(0, at), line.slice(at + 1)];
}

function damagedRefs(path: string, line: string): SavepointError {
  return new SavepointError(
    'TARGET_CONFLICT',
    `${path} is damaged: '${line.slice(0, 100)}' is no ref. Nothing was changed; mend the repository, or export into another directory.`,
    { fields: { path, line } },
  );
}
