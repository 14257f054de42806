// What objects of the store are called in a git repository, where that differs. It is a cache: what it lacks is found out anew.
// In memory a hash table of flat buffers, about 100 bytes a pair.
import {
  ID_LENGTH_BYTES,
  type ObjectFormat,
  type ObjectId,
  readObjectId,
  writeObjectId,
} from '../../store/object-id.js';
import type { Platform } from '../../store/platform.js';

const MAGIC = 'SVPTGIDS';
const VERSION = 1;
const HEADER_BYTES = 16;
const SMALLEST_SLOTS = 1 << 10;
const FORMAT_NUMBERS: Readonly<Record<ObjectFormat, number>> = { sha1: 1, sha256: 2 };

export interface IdMapFormats {
  readonly from: ObjectFormat;
  readonly to: ObjectFormat;
}

export class IdMap {
  count = 0;
  /** Of each slot the number of a pair, plus one. */
  private slots = new Uint32Array(SMALLEST_SLOTS);
  private pairs = new Uint8Array(SMALLEST_SLOTS * 32);
  private readonly key = new Uint8Array(32);
  private readonly keyLength: number;
  private readonly pairLength: number;

  constructor(private readonly formats: IdMapFormats) {
    this.keyLength = ID_LENGTH_BYTES[formats.from];
    this.pairLength = this.keyLength + ID_LENGTH_BYTES[formats.to];
  }

  get(id: ObjectId): ObjectId | undefined {
    writeObjectId(this.key, 0, id);
    const number = this.slots[this.slotOf(this.key, 0)];
    if (number === 0) return undefined;
    return readObjectId(this.pairs, (number - 1) * this.pairLength + this.keyLength, this.formats.to);
  }

  set(id: ObjectId, translated: ObjectId): void {
    const start = this.count * this.pairLength;
    this.reserve(start + this.pairLength);
    writeObjectId(this.pairs, start, id);
    writeObjectId(this.pairs, start + this.keyLength, translated);
    this.enter(start);
  }

  encode(platform: Platform): Uint8Array {
    const end = HEADER_BYTES + this.count * this.pairLength;
    const bytes = new Uint8Array(end + 32);
    bytes.set(new TextEncoder().encode(MAGIC));
    bytes.set([VERSION, FORMAT_NUMBERS[this.formats.from], FORMAT_NUMBERS[this.formats.to]], 8);
    new DataView(bytes.buffer).setUint32(12, this.count, true);
    bytes.set(this.pairs.subarray(0, this.count * this.pairLength), HEADER_BYTES);
    writeObjectId(bytes, end, platform.hash('sha256', bytes.subarray(0, end)) as ObjectId);
    return bytes;
  }

  /** What `encode` wrote; `undefined` where it is damaged, or of other formats. */
  static decode(platform: Platform, formats: IdMapFormats, bytes: Uint8Array): IdMap | undefined {
    const map = new IdMap(formats);
    const end = bytes.length - 32;
    if (end < HEADER_BYTES || new TextDecoder('latin1').decode(bytes.subarray(0, 8)) !== MAGIC)
      return undefined;
    const [version, from, to] = bytes.subarray(8);
    const isOurs =
      version === VERSION && from === FORMAT_NUMBERS[formats.from] && to === FORMAT_NUMBERS[formats.to];
    if (!isOurs) return undefined;
    if (platform.hash('sha256', bytes.subarray(0, end)) !== readObjectId(bytes, end, 'sha256'))
      return undefined;
    map.reserve(end - HEADER_BYTES);
    map.pairs.set(bytes.subarray(HEADER_BYTES, end));
    const count = (end - HEADER_BYTES) / map.pairLength;
    for (let number = 0; number < count; number++) map.enter(number * map.pairLength);
    return map;
  }

  /** The pair at `start`, right behind all others, becomes known; or takes the place of the one with its key. */
  private enter(start: number): void {
    if ((this.count + 1) * 2 > this.slots.length) this.grow();
    const slot = this.slotOf(this.pairs, start);
    const known = this.slots[slot];
    if (known !== 0) {
      this.pairs.copyWithin((known - 1) * this.pairLength, start, start + this.pairLength);
      return;
    }
    this.pairs.copyWithin(this.count * this.pairLength, start, start + this.pairLength);
    this.count++;
    this.slots[slot] = this.count;
  }

  private grow(): void {
    this.slots = new Uint32Array(this.slots.length * 2);
    for (let number = 0; number < this.count; number++)
      this.slots[this.slotOf(this.pairs, number * this.pairLength)] = number + 1;
  }

  /** The slot of the key at `start` of `bytes`, or the empty one that it would have. */
  private slotOf(bytes: Uint8Array, start: number): number {
    const mask = this.slots.length - 1;
    const first =
      bytes[start] | (bytes[start + 1] << 8) | (bytes[start + 2] << 16) | (bytes[start + 3] << 24);
    for (let slot = first & mask; ; slot = (slot + 1) & mask) {
      const number = this.slots[slot];
      if (number === 0 || this.hasKey(number - 1, bytes, start)) return slot;
    }
  }

  private hasKey(number: number, bytes: Uint8Array, start: number): boolean {
    const at = number * this.pairLength;
    for (let i = 0; i < this.keyLength; i++) if (this.pairs[at + i] !== bytes[start + i]) return false;
    return true;
  }

  private reserve(lengthBytes: number): void {
    if (lengthBytes <= this.pairs.length) return;
    const larger = new Uint8Array(Math.max(lengthBytes, this.pairs.length * 2));
    larger.set(this.pairs);
    this.pairs = larger;
  }
}
