// Input for the chunking tests: the same bytes for the same seed on every machine.

/** `lengthBytes` bytes that look random (Marsaglia's xorshift32, one byte a step). */
export function createRandomBytes(seed: number, lengthBytes: number): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  let state = seed >>> 0 || 1;
  for (let at = 0; at < lengthBytes; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state >>> 16;
  }
  return bytes;
}

/** Database pages that are more than half empty, of 512 bytes to suit small chunks: a header, zeros, random rows. */
export function createHalfEmptyPages(seed: number, lengthBytes: number): Uint8Array {
  const bytes = createRandomBytes(seed, lengthBytes);
  for (let page = 0; page < lengthBytes; page += 512) bytes.fill(0, page + 16, page + 320);
  return bytes;
}

export function concatenate(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
