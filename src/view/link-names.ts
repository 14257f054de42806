// The files of a component that have several names. Only the later names of a file say so, so all directories are looked
// through, once, by their attributes alone.
import type { HeldReader } from '../../store/held-reader.js';
import type { ObjectId } from '../../store/object-id.js';
import { ATTRIBUTES_NAME, type DirectoryIds, directoryName, parseAttributes } from '../composition.js';
import { readHeldTree } from './held-directory.js';

const MARK = Buffer.from('"link":');

/** The other names of each file that has several, by the first of them; all relative to the component's root. */
export type LinkNames = ReadonlyMap<string, readonly string[]>;

export function findLinkNames(reader: HeldReader, { attributes }: DirectoryIds): LinkNames {
  const names = new Map<string, string[]>();
  const open: { readonly tree: ObjectId; readonly path: string }[] = [{ tree: attributes, path: '' }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { name, id } of readHeldTree(reader, next.tree)) {
      if (name === ATTRIBUTES_NAME) findIn(reader, { id, path: next.path }, names);
      else open.push({ tree: id, path: below(next.path, directoryName(name)) });
    }
  }
  return names;
}

function findIn(
  reader: HeldReader,
  { id, path }: { readonly id: ObjectId; readonly path: string },
  names: Map<string, string[]>,
): void {
  const { content } = reader.read(id);
  if (!Buffer.from(content.buffer, content.byteOffset, content.length).includes(MARK)) return;
  for (const { name, link } of parseAttributes(content).files) {
    if (link === undefined) continue;
    const known = names.get(link);
    if (known === undefined) names.set(link, [below(path, name)]);
    else known.push(below(path, name));
  }
}

function below(path: string, name: string): string {
  return path === '' ? name : `${path}/${name}`;
}
