// The parts below the chunk cutter: the gear table, both kernels side by side, and the build of the kernel.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChunkingKernel, ScanRange } from '#store/chunking/chunking-kernel.js';
import { createGearTable } from '#store/chunking/gear-table.js';
import { createJavaScriptKernel } from '#store/chunking/javascript-kernel.js';
import { createWebAssemblyKernel } from '#store/chunking/webassembly-kernel.js';
import { createRandomBytes } from './seeded-bytes.js';

describe('the gear table', () => {
  it('holds the published outputs of SplitMix64', () => {
    const table = createGearTable(0);
    expect(table).toHaveLength(256);
    expect([...table.subarray(0, 3)]).toEqual([
      0xe220a8397b1dcdafn,
      0x6e789e6aa1b965f4n,
      0x06c45d188009454fn,
    ]);
  });
});

describe('the two kernels', () => {
  it('report the same bytes and hashes, over slice ends and at any threshold', () => {
    const bytes = createRandomBytes(20, 150_000);
    const thresholds = fc.oneof(fc.nat(2 ** 20), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(2 ** 32 - 1),
          start: fc.integer({ min: 63, max: 40_000 }),
          threshold: thresholds,
        }),
        fc.nat(70_000),
        ({ seed, start, threshold }, lengthBytes) => {
          const range = { start, end: start + lengthBytes, threshold };
          const [compiled, portable] = createKernels(seed).map((kernel) => listReports(kernel, bytes, range));
          expect(compiled.equals(portable)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('report every byte of the range where the threshold is highest', () => {
    const range = { start: 63, end: 70_000, threshold: 2 ** 32 - 1 };
    const everyOffset = Array.from({ length: 70_000 - 63 }, (_, index) => 64 + index);
    for (const kernel of createKernels(3)) {
      const offsets: number[] = [];
      kernel.scan(createRandomBytes(21, 70_000), range, (behind) => offsets.push(behind) === 0);
      expect(offsets).toEqual(everyOffset);
    }
  });

  it('stop when the visitor has had enough, and report nothing for an empty range', () => {
    const bytes = createRandomBytes(22, 1000);
    for (const kernel of createKernels(4)) {
      const seen: number[] = [];
      const visit = (behind: number) => seen.push(behind) === 2;
      kernel.scan(bytes, { start: 100, end: 1000, threshold: 2 ** 32 - 1 }, visit);
      kernel.scan(bytes, { start: 100, end: 100, threshold: 2 ** 32 - 1 }, visit);
      kernel.scan(bytes, { start: 500, end: 100, threshold: 2 ** 32 - 1 }, visit);
      expect(seen).toEqual([101, 102]);
    }
  });
});

describe('the build of the kernel', () => {
  it('leaves a kernel alone that is up to date', () => {
    const folder = fileURLToPath(new URL('../../../store/chunking/', import.meta.url));
    const readTime = () => statSync(`${folder}fastcdc-kernel.generated.ts`, { bigint: true }).mtimeNs;
    const before = readTime();
    execFileSync(process.execPath, [`${folder}build-kernel.mjs`]);
    expect(readTime()).toBe(before);
  });
});

function createKernels(seed: number): ChunkingKernel[] {
  const compiled = createWebAssemblyKernel(seed);
  if (compiled === undefined) throw new Error('this runtime has no WebAssembly');
  return [compiled, createJavaScriptKernel(seed)];
}

/** Offset and hash of every report, as bytes: quicker to compare than arrays of many thousand numbers. */
function listReports(kernel: ChunkingKernel, bytes: Uint8Array, range: ScanRange): Buffer {
  const reports: number[] = [];
  kernel.scan(bytes, range, (behind, hash) => reports.push(behind, hash) === 0);
  return Buffer.from(Float64Array.from(reports).buffer);
}
