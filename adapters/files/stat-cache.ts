// Remembers, one row a directory, what stat said when its files were last captured, and which ids came of it; so
// that unchanged files are neither opened nor hashed. Derived data: a row that is damaged, or whose directory changed
// in any way that stat shows, is worth nothing and costs only time.

import { crc32 } from 'node:zlib';
import { decodeName, encodeName } from '../../store/names.js';
import { type ObjectFormat, type ObjectId, readObjectId, writeObjectId } from '../../store/object-id.js';
import { parseJson } from '../../store/parse-json.js';
import type { ExtraAttributes } from './attributes.js';
import { COMPARED_WORDS, STATUS_WORDS } from './status-words.js';

const MAGIC = Buffer.from('SVPTSTAT');
const VERSION = 1;
const FILE_HEADER_BYTES = 16;
const ROW_HEADER_BYTES = 96;
const ENTRY_WORDS = 16;

/** The tree ids of a directory. */
export interface DirectoryIds {
  readonly files: ObjectId;
  readonly attributes: ObjectId;
}

/** What a directory looked like, and what came of it. `ids` has the empty string where there is no id. */
export interface DirectoryRow {
  readonly path: string;
  readonly names: readonly string[];
  /** STATUS_WORDS words a name. */
  readonly words: Int32Array;
  readonly ids: readonly (ObjectId | '')[];
  /** Entries that were as new as the scan, so that a later change might not show. */
  readonly untrusted: ReadonlySet<number>;
  readonly extras: ReadonlyMap<number, ExtraAttributes>;
  readonly result: DirectoryIds;
  /** Of a component's root: a digest of its own attributes, which no other directory tells of; SELF_BYTES long. */
  readonly self?: Uint8Array;
}

export const SELF_BYTES = 8;
const SELF_AT = 24;

/** A row of the former capture, decoded no further than needed. */
export class CachedRow {
  readonly count: number;
  private readonly namesStart: number;
  private readonly extrasStart: number;
  private readonly idsStart: number;
  private readonly words: Int32Array;
  private nameIndex: Map<string, number> | undefined;
  private extraMap: Map<number, ExtraAttributes> | undefined;

  constructor(
    /** The whole row, as `encodeRow` made it. */
    readonly bytes: Buffer,
    private readonly format: ObjectFormat,
  ) {
    this.count = bytes.readUInt32LE(8);
    this.namesStart = ROW_HEADER_BYTES + bytes.readUInt32LE(12);
    this.extrasStart = this.namesStart + bytes.readUInt32LE(16);
    const wordsStart = align(this.extrasStart + bytes.readUInt32LE(20));
    this.idsStart = wordsStart + this.count * ENTRY_WORDS * 4;
    this.words = new Int32Array(
      bytes.buffer.slice(bytes.byteOffset + wordsStart, bytes.byteOffset + this.idsStart) as ArrayBuffer,
    );
  }

  /** Whether the directory had exactly these names, given joined by NUL. */
  hasNames(joined: Uint8Array): boolean {
    return this.bytes.compare(joined, 0, joined.length, this.namesStart, this.extrasStart) === 0;
  }

  /** The number of the entry called `name`, or -1. */
  indexOf(name: string): number {
    if (this.nameIndex === undefined) {
      const names = decodeName(this.bytes.subarray(this.namesStart, this.extrasStart)).split('\0');
      this.nameIndex = new Map(names.map((each, index) => [each, index]));
    }
    return this.nameIndex.get(name) ?? -1;
  }

  /** Whether entry `index` still has the status at `at` of `words`, and was old enough to be trusted. */
  isUnchanged(index: number, words: Int32Array, at: number): boolean {
    const start = index * ENTRY_WORDS;
    for (let i = 0; i < COMPARED_WORDS; i++) if (this.words[start + i] !== words[at + i]) return false;
    return this.words[start + COMPARED_WORDS] === 1;
  }

  id(index: number): ObjectId {
    return readObjectId(this.bytes, this.idsStart + index * 32, this.format);
  }

  extra(index: number): ExtraAttributes | undefined {
    if (this.extraMap === undefined) {
      const text = this.bytes.toString(
        'utf8',
        this.extrasStart,
        this.extrasStart + this.bytes.readUInt32LE(20),
      );
      this.extraMap = new Map(text === '' ? [] : (parseJson(text) as [number, ExtraAttributes][]));
    }
    return this.extraMap.get(index);
  }

  /** Whether the row is of a root with this digest of its own attributes. */
  hasSelf(digest: Uint8Array): boolean {
    return this.bytes.compare(digest, 0, SELF_BYTES, SELF_AT, SELF_AT + SELF_BYTES) === 0;
  }

  result(): DirectoryIds {
    return {
      files: readObjectId(this.bytes, 32, this.format),
      attributes: readObjectId(this.bytes, 64, this.format),
    };
  }
}

/** The rows of a former capture. */
export class StatCache {
  private readonly rows = new Map<string, { start: number; length: number }>();
  /** How many rows were dropped because they are damaged. */
  damagedRows = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly format: ObjectFormat,
  ) {
    if (!hasHeader(bytes, format)) return;
    for (let at = FILE_HEADER_BYTES; at + ROW_HEADER_BYTES <= bytes.length; ) {
      const length = bytes.readUInt32LE(at);
      if (length < ROW_HEADER_BYTES || at + length > bytes.length) {
        this.damagedRows++;
        return;
      }
      const pathEnd =
        at + ROW_HEADER_BYTES + Math.min(length - ROW_HEADER_BYTES, bytes.readUInt32LE(at + 12));
      this.rows.set(decodeName(bytes.subarray(at + ROW_HEADER_BYTES, pathEnd)), { start: at, length });
      at += length;
    }
  }

  /** The row of the directory at `path`; `undefined` where there is none, or it is damaged. */
  find(path: string): CachedRow | undefined {
    const place = this.rows.get(path);
    if (place === undefined) return undefined;
    const row = this.bytes.subarray(place.start, place.start + place.length);
    if (crc32(row.subarray(8)) === row.readUInt32LE(4)) return new CachedRow(row, this.format);
    this.damagedRows++;
    return undefined;
  }

  /** Whether each byte is as it was written. */
  isSound(): boolean {
    if (!hasHeader(this.bytes, this.format)) return false;
    let end = FILE_HEADER_BYTES;
    for (const { start, length } of this.rows.values()) {
      const row = this.bytes.subarray(start, start + length);
      if (start !== end || crc32(row.subarray(8)) !== row.readUInt32LE(4)) return false;
      end = start + length;
    }
    return this.damagedRows === 0 && end === this.bytes.length;
  }
}

/** The bytes of a cache without rows, to which encoded rows are appended. */
export function encodeCacheHeader(format: ObjectFormat): Buffer {
  const bytes = Buffer.alloc(FILE_HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt16LE(VERSION, 8);
  bytes.writeUInt16LE(format === 'sha1' ? 1 : 2, 10);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 12)), 12);
  return bytes;
}

export function encodeRow(row: DirectoryRow): Buffer {
  const path = encodeName(row.path);
  const names = encodeName(row.names.join('\0'));
  const extras = Buffer.from(row.extras.size === 0 ? '' : JSON.stringify([...row.extras]));
  const wordsStart = align(ROW_HEADER_BYTES + path.length + names.length + extras.length);
  const idsStart = wordsStart + row.names.length * ENTRY_WORDS * 4;
  const bytes = Buffer.alloc(idsStart + row.names.length * 32);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt32LE(row.names.length, 8);
  bytes.writeUInt32LE(path.length, 12);
  bytes.writeUInt32LE(names.length, 16);
  bytes.writeUInt32LE(extras.length, 20);
  if (row.self !== undefined) bytes.set(row.self, SELF_AT);
  writeObjectId(bytes, 32, row.result.files);
  writeObjectId(bytes, 64, row.result.attributes);
  bytes.set(path, ROW_HEADER_BYTES);
  bytes.set(names, ROW_HEADER_BYTES + path.length);
  bytes.set(extras, ROW_HEADER_BYTES + path.length + names.length);
  writeEntries(bytes, row, { wordsStart, idsStart });
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
  return bytes;
}

function writeEntries(
  bytes: Buffer,
  row: DirectoryRow,
  place: { wordsStart: number; idsStart: number },
): void {
  const words = new Int32Array(row.names.length * ENTRY_WORDS);
  row.names.forEach((_, index) => {
    const from = index * STATUS_WORDS;
    words.set(row.words.subarray(from, from + COMPARED_WORDS), index * ENTRY_WORDS);
    words[index * ENTRY_WORDS + COMPARED_WORDS] = row.untrusted.has(index) ? 0 : 1;
    const id = row.ids[index];
    if (id !== '') writeObjectId(bytes, place.idsStart + index * 32, id);
  });
  bytes.set(new Uint8Array(words.buffer), place.wordsStart);
}

function hasHeader(bytes: Buffer, format: ObjectFormat): boolean {
  return (
    bytes.length >= FILE_HEADER_BYTES &&
    bytes.subarray(0, FILE_HEADER_BYTES).equals(encodeCacheHeader(format))
  );
}

function align(offset: number): number {
  return (offset + 3) & ~3;
}
