// Which objects the packs of a repository hold. Those of small packs are sorted into one table, so that very many packs cost
// no more than some of them.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ID_LENGTH_BYTES, type ObjectFormat, type ObjectId, writeObjectId } from '../../store/object-id.js';
import { readStoredFile } from '../backends/stored-file.js';
import { readPackIndex } from './pack-index.js';

interface IdTable {
  readonly ids: Uint8Array;
  /** Where the ids of each first byte end, as numbers of ids. */
  readonly ends: Uint32Array;
}

const SMALL_TABLE_IDS = 1 << 16;

export class PresentObjects {
  private readonly key = new Uint8Array(32);

  private constructor(
    private readonly format: ObjectFormat,
    private readonly tables: readonly IdTable[],
  ) {}

  /** Reads the indexes in `directory`, as far as they have packs. */
  static read(directory: string, format: ObjectFormat): PresentObjects {
    const names = new Set(readdirSync(directory));
    const tables: IdTable[] = [];
    for (const name of names) {
      if (!name.endsWith('.idx') || !names.has(`${name.slice(0, -4)}.pack`)) continue;
      const bytes = readStoredFile(join(directory, name));
      const table = bytes === undefined ? undefined : readPackIndex(bytes, format);
      if (table !== undefined) tables.push(table);
    }
    const isSmall = ({ ends }: IdTable) => ends[255] < SMALL_TABLE_IDS;
    const small = tables.filter(isSmall);
    const large = tables.filter((table) => !isSmall(table));
    return new PresentObjects(format, small.length < 4 ? tables : [...large, joinTables(small, format)]);
  }

  has(id: ObjectId): boolean {
    writeObjectId(this.key, 0, id);
    return this.tables.some((table) => this.holds(table));
  }

  private holds({ ids, ends }: IdTable): boolean {
    const { key } = this;
    const idLength = ID_LENGTH_BYTES[this.format];
    let low = key[0] === 0 ? 0 : ends[key[0] - 1];
    for (let high = ends[key[0]] - 1; low <= high; ) {
      const middle = (low + high) >>> 1;
      const order = compareAt(ids, middle * idLength, { key, idLength });
      if (order === 0) return true;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return false;
  }
}

function compareAt(ids: Uint8Array, start: number, { key, idLength }: { key: Uint8Array; idLength: number }) {
  for (let i = 0; i < idLength; i++) {
    const difference = ids[start + i] - key[i];
    if (difference !== 0) return difference;
  }
  return 0;
}

/** One table of all, merged first byte by first byte. */
function joinTables(tables: readonly IdTable[], format: ObjectFormat): IdTable {
  const idLength = ID_LENGTH_BYTES[format];
  const total = tables.reduce((sum, { ends }) => sum + ends[255], 0);
  const ids = Buffer.alloc(total * idLength);
  const ends = new Uint32Array(256);
  let count = 0;
  for (let first = 0; first < 256; first++) {
    const found: Buffer[] = [];
    for (const table of tables) {
      const start = first === 0 ? 0 : table.ends[first - 1];
      for (let at = start; at < table.ends[first]; at++)
        found.push(Buffer.from(table.ids.buffer, table.ids.byteOffset + at * idLength, idLength));
    }
    for (const id of found.sort(Buffer.compare)) ids.set(id, count++ * idLength);
    ends[first] = count;
  }
  return { ids, ends };
}
