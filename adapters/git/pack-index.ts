// The index of a git pack, version 2: which objects are in it, sorted by id, with a table that leads to the first id of each
// first byte. Source: git's documentation, gitformat-pack(5).
import { SavepointError } from '../../store/errors.js';
import { sortEntries } from '../../store/index/sort-entries.js';
import { ID_LENGTH_BYTES, type ObjectFormat, type ObjectId, writeObjectId } from '../../store/object-id.js';
import { EntryBuffer, entryLength } from '../../store/pack/entry.js';
import type { Platform } from '../../store/platform.js';

const MAGIC = 0xff744f63;
const VERSION = 2;
const FAN_OUT_START = 8;
export const IDS_START = FAN_OUT_START + 256 * 4;
/** Offsets from here on stand in a table of their own. */
const FIRST_LONG_OFFSET = 2 ** 31;

/** The objects of a pack in the making: 32 bytes each, 44 in a repository of sha256. */
export class PackIndexEntries {
  // The checksum stands in the place of the length, the offset in those of block and offset.
  private readonly entries: EntryBuffer;

  constructor(private readonly format: ObjectFormat) {
    this.entries = new EntryBuffer(format);
  }

  get count(): number {
    return this.entries.count;
  }

  add(object: { readonly id: ObjectId; readonly offset: number; readonly checksum: number }): void {
    this.entries.append({
      ...{ id: object.id, kind: 0, block: object.offset % 2 ** 32, lengthBytes: object.checksum },
      offset: Math.floor(object.offset / 2 ** 32),
    });
  }

  /**
   * The file that goes with the pack that ends with `packDigest`. Throws UNSUPPORTED where two objects have one id, which other
   * objects of the store lead to: the object format is broken by contents that are made for it.
   */
  encode(platform: Platform, packDigest: ObjectId): Uint8Array {
    const { format, count } = this;
    const idLength = ID_LENGTH_BYTES[format];
    const length = entryLength(format);
    const sorted = sortEntries(this.entries.appended(), format);
    const source = new DataView(sorted.buffer, sorted.byteOffset, sorted.length);
    const offsets = Float64Array.from({ length: count }, (_, at) => {
      const high = source.getUint32(at * length + idLength + 4, true);
      return high * 2 ** 32 + source.getUint32(at * length + idLength, true);
    });
    const longOffsets = offsets.filter((offset) => offset >= FIRST_LONG_OFFSET);
    const bytes = new Uint8Array(IDS_START + count * (idLength + 8) + longOffsets.length * 8 + 2 * idLength);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, MAGIC);
    view.setUint32(4, VERSION);
    writeFanOut(view, sorted, { length, count });
    const checksumsStart = IDS_START + count * idLength;
    for (let at = 0; at < count; at++) {
      const id = sorted.subarray(at * length, at * length + idLength);
      bytes.set(id, IDS_START + at * idLength);
      if (
        at > 0 &&
        sorted
          .subarray((at - 1) * length)
          .subarray(0, idLength)
          .every((byte, i) => byte === id[i])
      )
        throw twoWithOneId(format, id);
      view.setUint32(checksumsStart + at * 4, source.getUint32(at * length + idLength + 8, true));
    }
    let end = writeOffsets(view, checksumsStart + count * 4, { offsets, longOffsets });
    end = writeObjectId(bytes, end, packDigest);
    writeObjectId(bytes, end, platform.hash(format, bytes.subarray(0, end)) as ObjectId);
    return bytes;
  }
}

function writeFanOut(view: DataView, sorted: Uint8Array, table: { length: number; count: number }): void {
  let at = 0;
  for (let first = 0; first < 256; first++) {
    while (at < table.count && sorted[at * table.length] <= first) at++;
    view.setUint32(FAN_OUT_START + first * 4, at);
  }
}

/** Answers where they end. */
function writeOffsets(
  view: DataView,
  start: number,
  { offsets, longOffsets }: { offsets: Float64Array; longOffsets: Float64Array },
): number {
  let long = 0;
  offsets.forEach((offset, at) => {
    view.setUint32(start + at * 4, offset < FIRST_LONG_OFFSET ? offset : FIRST_LONG_OFFSET + long++);
  });
  const longStart = start + offsets.length * 4;
  longOffsets.forEach((offset, at) => {
    view.setUint32(longStart + at * 8, Math.floor(offset / 2 ** 32));
    view.setUint32(longStart + at * 8 + 4, offset % 2 ** 32);
  });
  return longStart + longOffsets.length * 8;
}

/** The sorted ids in the index of a pack, and where those of each first byte end; `undefined` where it is no such index. */
export function readPackIndex(
  bytes: Uint8Array,
  format: ObjectFormat,
): { readonly ids: Uint8Array; readonly ends: Uint32Array } | undefined {
  if (bytes.length < IDS_START) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0) !== MAGIC || view.getUint32(4) !== VERSION) return undefined;
  const ends = Uint32Array.from({ length: 256 }, (_, first) => view.getUint32(FAN_OUT_START + first * 4));
  const ids = bytes.subarray(IDS_START, IDS_START + ends[255] * ID_LENGTH_BYTES[format]);
  return ids.length === ends[255] * ID_LENGTH_BYTES[format] ? { ids, ends } : undefined;
}

function twoWithOneId(format: ObjectFormat, id: Uint8Array): SavepointError {
  const hex = Buffer.from(id).toString('hex');
  return new SavepointError(
    'UNSUPPORTED',
    `Two different contents have the ${format} id ${hex}, as is possible for files that were made to: ${format} can't tell them apart. Nothing was exported; use '--object-format sha256', or points without these files.`,
    { fields: { id: hex, objectFormat: format } },
  );
}
