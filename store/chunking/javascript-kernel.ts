// The chunking kernel for runtimes without WebAssembly: the same hash in two 32-bit halves.
// It reports the same bytes as fastcdc-kernel.as.ts, several times slower.
import { type ChunkingKernel, HASHED_BYTES } from './chunking-kernel.js';
import { createGearTable } from './gear-table.js';

export function createJavaScriptKernel(seed: number): ChunkingKernel {
  const { high: gearHigh, low: gearLow } = splitGearTable(seed);
  return {
    name: 'javascript',
    scan(bytes, { start, end, threshold }, visit) {
      let high = 0;
      let low = 0;
      for (let at = start - (HASHED_BYTES - 1); at < end; at++) {
        const byte = bytes[at];
        const doubled = low << 1;
        const added = gearLow[byte];
        const sum = (doubled + added) | 0;
        // The carry out of bit 31, in 32-bit arithmetic only: a sum in floating point is slower.
        const carry = ((doubled & added) | ((doubled | added) & ~sum)) >>> 31;
        high = (((high << 1) | (low >>> 31)) + gearHigh[byte] + carry) | 0;
        low = sum;
        if (high >>> 0 < threshold && at >= start && visit(at + 1, high >>> 0)) return;
      }
    },
  };
}

function splitGearTable(seed: number): { high: Int32Array; low: Int32Array } {
  const table = createGearTable(seed);
  const high = Int32Array.from(table, (value) => Number(BigInt.asIntN(32, value >> 32n)));
  const low = Int32Array.from(table, (value) => Number(BigInt.asIntN(32, value)));
  return { high, low };
}
