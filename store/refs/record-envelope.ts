// What every file of the ref log is wrapped in: a first line with kind and version, a last line with the CRC-32 of
// all before it. So a flipped bit, a cut end and a file of a later version are all told from a good one.
import { SavepointError } from '../errors.js';
import type { Platform } from '../platform.js';
import { describeDamage } from './ref-files.js';

export type Checksum = Pick<Platform, 'crc32'>;
export type RecordKind = 'transaction' | 'snapshot';

const VERSION = 1;
const HEADER = /^savepoint ref (transaction|snapshot) ([1-9]\d{0,8})$/;
const CHECKSUM_LINE = /^crc32 [0-9a-f]{8}\n$/;
const CHECKSUM_LINE_BYTES = 15;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The bytes of a record with these `lines`, none of which holds a line break. */
export function sealRecord(checksum: Checksum, kind: RecordKind, lines: readonly string[]): Uint8Array {
  const text = encoder.encode(
    `savepoint ref ${kind} ${VERSION}\n${lines.map((line) => `${line}\n`).join('')}`,
  );
  const sealed = new Uint8Array(text.length + CHECKSUM_LINE_BYTES);
  sealed.set(text);
  sealed.set(encoder.encode(spellChecksum(checksum.crc32(text))), text.length);
  return sealed;
}

/** The lines of the record in `bytes`, found in `file`. Throws REF_CORRUPT, and STORE_NEWER for a later version. */
export function unsealRecord(
  checksum: Checksum,
  { file, bytes, kind }: { file: string; bytes: Uint8Array; kind: RecordKind },
): string[] {
  const end = bytes.length - CHECKSUM_LINE_BYTES;
  const recorded = decode(file, bytes.subarray(Math.max(0, end)));
  if (!CHECKSUM_LINE.test(recorded)) throw describeDamage(file, 'has lost its end');
  const body = bytes.subarray(0, end);
  if (spellChecksum(checksum.crc32(body)) !== recorded) throw describeDamage(file, 'fails its checksum');
  const lines = decode(file, body).split('\n');
  const header = HEADER.exec(lines[0]);
  if (header === null || header[1] !== kind) throw describeDamage(file, `is no ref ${kind}`);
  if (Number(header[2]) > VERSION) {
    throw new SavepointError(
      'STORE_NEWER',
      `'${file}' was written by a newer version: update savepoint and repeat.`,
      { fields: { file, version: Number(header[2]) } },
    );
  }
  if (lines.at(-1) !== '') throw describeDamage(file, 'has a line without an end');
  return lines.slice(1, -1);
}

function spellChecksum(value: number): string {
  return `crc32 ${value.toString(16).padStart(8, '0')}\n`;
}

function decode(file: string, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw describeDamage(file, 'is not UTF-8');
    throw error;
  }
}
