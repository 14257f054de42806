// The rolling gear hash of FastCDC, in AssemblyScript: the WebAssembly twin of javascript-kernel.ts.
// Both stop after the same byte for the same gear table and threshold; chunk-cutter.ts says what is cut where.
//
// Memory: the gear table (256 little-endian u64) from 0, then the buffer that the host copies a slice of input to.
// hash(byte) = (hash << 1) + gear[byte] modulo 2^64, so that only the last 64 bytes count.

const GEAR: usize = 0;
const BUFFER: usize = 2048;

export const gearOffset: u32 = <u32>GEAR;
export const bufferOffset: u32 = <u32>BUFFER;

let hash: u64 = 0;

/** Forgets what was rolled in, and rolls in the first `length` bytes of the buffer without a test. */
export function restart(length: u32): void {
  hash = 0;
  for (let at = BUFFER, end = BUFFER + <usize>length; at < end; at++) hash = (hash << 1) + gear(load<u8>(at));
}

/**
 * Rolls in the first `length` bytes of the buffer and stops after the first one that leaves the upper 32 bits
 * of the hash below `threshold`. Returns how many bytes that took, or 0 where no byte did.
 */
export function scan(length: u32, threshold: u32): u32 {
  const limit = <u64>threshold << 32;
  const end = BUFFER + <usize>length;
  let rolling = hash;
  let at = BUFFER;
  // Two bytes a step (Xia et al. 2020): the second hash comes from the one before the step, not from the first,
  // which halves the chain of dependent additions. Two steps a turn, to halve the loop's own cost.
  for (const last = end - (<usize>length & 3); at < last; at += 4) {
    let first = gear(load<u8>(at));
    let between = (rolling << 1) + first;
    rolling = (rolling << 2) + ((first << 1) + gear(load<u8>(at, 1)));
    if (between < limit) return <u32>(at - BUFFER) + 1;
    if (rolling < limit) return <u32>(at - BUFFER) + 2;
    first = gear(load<u8>(at, 2));
    between = (rolling << 1) + first;
    rolling = (rolling << 2) + ((first << 1) + gear(load<u8>(at, 3)));
    if (between < limit) return <u32>(at - BUFFER) + 3;
    if (rolling < limit) return <u32>(at - BUFFER) + 4;
  }
  for (; at < end; at++) {
    rolling = (rolling << 1) + gear(load<u8>(at));
    if (rolling < limit) return <u32>(at - BUFFER) + 1;
  }
  hash = rolling;
  return 0;
}

// @ts-ignore: AssemblyScript's own decorator
@inline
function gear(byte: u8): u64 {
  return load<u64>(GEAR + (<usize>byte << 3));
}
