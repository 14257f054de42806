// The rolling gear hash of FastCDC, in AssemblyScript: the WebAssembly twin of javascript-kernel.ts.
// Both find the same bytes for the same gear table and threshold; chunk-cutter.ts says what is cut where.

// The memory holds the gear table (256 little-endian u64) and the buffer that the host copies its input to.
const GEAR: usize = 0;
const BUFFER: usize = 2048;

export const gearOffset: u32 = <u32>GEAR;
export const bufferOffset: u32 = <u32>BUFFER;

/** Each byte makes it (hash << 1) + gear[byte] modulo 2^64, so that only the last 64 bytes count. */
let hash: u64 = 0;

/** Forgets what was rolled in, and rolls in the first `length` bytes of the buffer without a test. */
export function restart(length: u32): void {
  hash = 0;
  for (let at = BUFFER, end = BUFFER + <usize>length; at < end; at++) hash = (hash << 1) + gear(load<u8>(at));
}

/**
 * Rolls in the bytes of the buffer from `start` to before `end`, and stops after the first one that leaves the upper
 * 32 bits of the hash below `threshold`. Returns the offset behind that byte, from where the next call may go on;
 * or 0 where no byte did.
 */
export function scan(start: u32, end: u32, threshold: u32): u32 {
  const limit = <u64>threshold << 32;
  const stop = BUFFER + <usize>end;
  let rolling = hash;
  let at = BUFFER + <usize>start;
  // Two bytes a step (Xia et al. 2020): the second hash comes from the one before the step, not from the first,
  // which halves the chain of dependent additions. Two steps a turn, to halve the loop's own cost.
  for (const last = stop - (<usize>(end - start) & 3); at < last; at += 4) {
    let first = gear(load<u8>(at));
    let between = (rolling << 1) + first;
    rolling = (rolling << 2) + ((first << 1) + gear(load<u8>(at, 1)));
    if (between < limit) return found(at + 1, between);
    if (rolling < limit) return found(at + 2, rolling);
    first = gear(load<u8>(at, 2));
    between = (rolling << 1) + first;
    rolling = (rolling << 2) + ((first << 1) + gear(load<u8>(at, 3)));
    if (between < limit) return found(at + 3, between);
    if (rolling < limit) return found(at + 4, rolling);
  }
  for (; at < stop; at++) {
    rolling = (rolling << 1) + gear(load<u8>(at));
    if (rolling < limit) return found(at + 1, rolling);
  }
  return 0;
}

/** The upper 32 bits of the hash where `scan` stopped. */
export function upperHash(): u32 {
  return <u32>(hash >> 32);
}

function found(behind: usize, value: u64): u32 {
  hash = value;
  return <u32>(behind - BUFFER);
}

// @ts-ignore: AssemblyScript's own decorator
@inline
function gear(byte: u8): u64 {
  return load<u64>(GEAR + (<usize>byte << 3));
}
