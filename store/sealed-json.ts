// Small records that are read whole: JSON in one line, and a line with the CRC-32 of the first.
import { parseJson } from './parse-json.js';
import type { Platform } from './platform.js';

type Checksum = Pick<Platform, 'crc32'>;

export function sealJson(platform: Checksum, record: object): Uint8Array {
  const encoder = new TextEncoder();
  const text = encoder.encode(`${JSON.stringify(record)}\n`);
  const checksum = encoder.encode(checksumLine(platform, text));
  const sealed = new Uint8Array(text.length + checksum.length);
  sealed.set(text);
  sealed.set(checksum, text.length);
  return sealed;
}

/** The record in `bytes`; `undefined` where they are not as they were sealed. */
export function unsealJson<T>(platform: Checksum, bytes: Uint8Array): T | undefined {
  const end = bytes.indexOf(0x0a) + 1;
  const text = bytes.subarray(0, end);
  const decoder = new TextDecoder();
  if (decoder.decode(bytes.subarray(end)) !== checksumLine(platform, text)) return undefined;
  return parseJson(decoder.decode(text)) as T;
}

function checksumLine(platform: Checksum, text: Uint8Array): string {
  return `crc32 ${platform.crc32(text).toString(16).padStart(8, '0')}\n`;
}
