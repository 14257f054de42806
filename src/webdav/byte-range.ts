// The part of a file that a request asks for (RFC 9110, section 14). One part: to several the whole is answered, as any
// server may.
import { RefusedRequest } from './refused-request.js';

export interface ByteRange {
  readonly offset: number;
  readonly lengthBytes: number;
}

/** `undefined` where the whole is to be sent. Throws RefusedRequest, 416, where nothing of the file is in the range. */
export function parseByteRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const match = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(header ?? '');
  if (match === null) return undefined;
  const [, first, last] = match;
  if (first === '' && last === '') return undefined;
  const isSuffix = first === '';
  const offset = isSuffix ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = isSuffix || last === '' ? sizeBytes : Math.min(sizeBytes, Number(last) + 1);
  if (!isSuffix && last !== '' && Number(last) < Number(first)) return undefined;
  if (offset < end) return { offset, lengthBytes: end - offset };
  throw new RefusedRequest(416, `The file has ${sizeBytes} bytes, and none in that range.`, {
    headers: { 'Content-Range': `bytes */${sizeBytes}` },
  });
}
