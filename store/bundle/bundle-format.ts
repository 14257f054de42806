// The fixed parts of a bundle: what stands before its packs and behind them. Every byte of a bundle is covered by the
// digest at its end, and those before the packs by one of their own; the layout is described in store/FORMAT.md.
import { SavepointError } from '../errors.js';
import type { ObjectFormat } from '../object-id.js';
import type { Platform } from '../platform.js';

export const BUNDLE_VERSION = 1;
export const BUNDLE_HEAD_BYTES = 20;
export const BUNDLE_DIGEST_BYTES = 32;
/** Without the digest that ends it. */
export const BUNDLE_TRAILER_BYTES = 24;
/** Far more than ten thousand points need. */
export const LONGEST_DESCRIPTION_BYTES = 64 << 20;

const MAGIC = 'SVPTBNDL';
const TRAILER_MAGIC = 'SVPTBEND';
const FORMAT_NUMBERS: Readonly<Record<ObjectFormat, number>> = { sha1: 1, sha256: 2 };

/** What a bundle's first bytes say. */
export interface BundleHead {
  readonly format: ObjectFormat;
  readonly descriptionBytes: number;
}

/** What a bundle holds, as its trailer counts it. */
export interface BundleCounts {
  readonly packs: number;
  readonly objects: number;
}

/** All that stands before the packs. `description` is text that only the reader of points understands. */
export function encodeBundleHeader(
  platform: Platform,
  format: ObjectFormat,
  description: string,
): Uint8Array {
  const text = new TextEncoder().encode(description);
  const bytes = new Uint8Array(BUNDLE_HEAD_BYTES + text.length + BUNDLE_DIGEST_BYTES);
  const view = new DataView(bytes.buffer);
  writeText(bytes, 0, MAGIC);
  view.setUint16(8, BUNDLE_VERSION, true);
  bytes[10] = FORMAT_NUMBERS[format];
  view.setUint32(12, text.length, true);
  view.setUint32(16, platform.crc32(bytes.subarray(0, 16)), true);
  bytes.set(text, BUNDLE_HEAD_BYTES);
  const end = BUNDLE_HEAD_BYTES + text.length;
  bytes.set(digestBytes(platform.hash('sha256', bytes.subarray(0, end))), end);
  return bytes;
}

/** Throws BUNDLE_CORRUPT where `bytes` begin no bundle, BUNDLE_NEWER for a later version. */
export function parseBundleHead(platform: Platform, bytes: Uint8Array): BundleHead {
  if (readText(bytes, 0) !== MAGIC) throw corruptBundle('it is no bundle of savepoint');
  const view = new DataView(bytes.buffer, bytes.byteOffset, BUNDLE_HEAD_BYTES);
  if (view.getUint32(16, true) !== platform.crc32(bytes.subarray(0, 16)))
    throw corruptBundle('its header is damaged');
  const version = view.getUint16(8, true);
  if (version > BUNDLE_VERSION) throw newerBundle(version);
  const format = (['sha1', 'sha256'] as const).find((name) => FORMAT_NUMBERS[name] === bytes[10]);
  const descriptionBytes = view.getUint32(12, true);
  if (format === undefined || descriptionBytes > LONGEST_DESCRIPTION_BYTES)
    throw corruptBundle('its header makes no sense');
  return { format, descriptionBytes };
}

/** The trailer without its digest. */
export function encodeBundleTrailer(counts: BundleCounts): Uint8Array {
  const bytes = new Uint8Array(BUNDLE_TRAILER_BYTES);
  const view = new DataView(bytes.buffer);
  writeText(bytes, 0, TRAILER_MAGIC);
  view.setUint32(8, counts.packs, true);
  view.setUint32(16, counts.objects % 2 ** 32, true);
  view.setUint32(20, Math.floor(counts.objects / 2 ** 32), true);
  return bytes;
}

/** Whether `bytes` begin the trailer, where otherwise another pack begins. */
export function beginsBundleTrailer(bytes: Uint8Array): boolean {
  return readText(bytes, 0) === TRAILER_MAGIC;
}

export function parseBundleTrailer(bytes: Uint8Array): BundleCounts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, BUNDLE_TRAILER_BYTES);
  const objects = view.getUint32(16, true) + view.getUint32(20, true) * 2 ** 32;
  return { packs: view.getUint32(8, true), objects };
}

/** A digest as it stands in the file. */
export function digestBytes(hexadecimal: string): Uint8Array {
  return Uint8Array.from(hexadecimal.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function corruptBundle(
  why: string,
  detail: { offset?: number; cause?: unknown } = {},
): SavepointError {
  const { offset, cause } = detail;
  const where = offset === undefined ? '' : ` near its byte ${offset}`;
  return new SavepointError(
    'BUNDLE_CORRUPT',
    `The bundle is damaged or not whole${where}: ${why}. Nothing of it was taken; carry it over again.`,
    { fields: { why, ...(offset === undefined ? {} : { offset }) }, cause },
  );
}

export function newerBundle(found: number | undefined, cause?: unknown): SavepointError {
  return new SavepointError(
    'BUNDLE_NEWER',
    'The bundle was made by a newer version: update savepoint and repeat.',
    { fields: { found, expected: BUNDLE_VERSION }, cause },
  );
}

function writeText(target: Uint8Array, offset: number, text: string): void {
  for (let i = 0; i < text.length; i++) target[offset + i] = text.charCodeAt(i);
}

function readText(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + MAGIC.length));
}
