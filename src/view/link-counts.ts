// How many names the files of a component have. Only the later names of a file say so, so all directories are looked
// through, once, by their attributes alone.
import type { HeldReader } from '../../store/held-reader.js';
import type { ObjectId } from '../../store/object-id.js';
import { ATTRIBUTES_NAME, type DirectoryIds, parseAttributes } from '../composition.js';
import { readHeldTree } from './held-directory.js';

const MARK = Buffer.from('"link":');

/** The number of names of each file that has several, by the first of them, relative to the component's root. */
export function countLinks(reader: HeldReader, { attributes }: DirectoryIds): Map<string, number> {
  const counts = new Map<string, number>();
  const open: ObjectId[] = [attributes];
  for (let tree = open.pop(); tree !== undefined; tree = open.pop()) {
    for (const { name, id } of readHeldTree(reader, tree)) {
      if (name === ATTRIBUTES_NAME) countIn(reader, id, counts);
      else open.push(id);
    }
  }
  return counts;
}

function countIn(reader: HeldReader, id: ObjectId, counts: Map<string, number>): void {
  const { content } = reader.read(id);
  if (!Buffer.from(content.buffer, content.byteOffset, content.length).includes(MARK)) return;
  for (const { link } of parseAttributes(content).files) {
    if (link !== undefined) counts.set(link, (counts.get(link) ?? 1) + 1);
  }
}
