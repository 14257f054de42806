// Contents to compress that are the same in every run: text that compresses well, and noise that does not.

/** `length` bytes of lines such as configuration files have. */
export function textBytes(length: number): Uint8Array {
  const lines: string[] = [];
  for (let i = 0, total = 0; total < length; i++) {
    lines.push(`unit ${i} listens on port ${(i * 7919) % 10007} and keeps ${(i * 31) % 17} copies\n`);
    total += lines[i].length;
  }
  return new TextEncoder().encode(lines.join('')).slice(0, length);
}

/** `length` bytes of a xorshift generator (Marsaglia 2003), which no codec makes smaller. */
export function seededBytes(length: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = seed;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer).slice(0, length);
}
