// The chunking kernel for runtimes without WebAssembly: the same hash in two 32-bit halves.
// It stops after the same byte as fastcdc-kernel.as.ts, several times slower.
import type { ChunkingKernel } from './chunking-kernel.js';
import { createGearTable } from './gear-table.js';

export function createJavaScriptKernel(seed: number): ChunkingKernel {
  const { high: gearHigh, low: gearLow } = splitGearTable(seed);
  let high = 0;
  let low = 0;

  function scan(
    bytes: Uint8Array,
    { start, end, threshold }: { start: number; end: number; threshold: number },
  ) {
    let rollingHigh = high;
    let rollingLow = low;
    for (let at = start; at < end; at++) {
      const byte = bytes[at];
      const doubled = rollingLow << 1;
      const added = gearLow[byte];
      const sum = (doubled + added) | 0;
      // The carry out of bit 31, in 32-bit arithmetic only: a sum in floating point is slower.
      const carry = ((doubled & added) | ((doubled | added) & ~sum)) >>> 31;
      rollingHigh = (((rollingHigh << 1) | (rollingLow >>> 31)) + gearHigh[byte] + carry) | 0;
      rollingLow = sum;
      if (rollingHigh >>> 0 < threshold) return at + 1;
    }
    high = rollingHigh;
    low = rollingLow;
    return 0;
  }

  return {
    name: 'javascript',
    restart(bytes, start, end) {
      high = 0;
      low = 0;
      scan(bytes, { start, end, threshold: 0 });
    },
    scan,
  };
}

function splitGearTable(seed: number): { high: Int32Array; low: Int32Array } {
  const table = createGearTable(seed);
  const high = Int32Array.from(table, (value) => Number(BigInt.asIntN(32, value >> 32n)));
  const low = Int32Array.from(table, (value) => Number(BigInt.asIntN(32, value)));
  return { high, low };
}
