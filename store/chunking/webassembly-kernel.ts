// Runs fastcdc-kernel.as.ts: copies the input, slice by slice, into a small WebAssembly memory and scans it there.
// A slice stays in the processor's cache between the copy and the scan.
import { type ChunkingKernel, HASHED_BYTES, type ScanRange } from './chunking-kernel.js';
import { KERNEL_BASE64 } from './fastcdc-kernel.generated.js';
import { createGearTable } from './gear-table.js';

const SLICE_BYTES = 32 * 1024;
const LEAD_BYTES = HASHED_BYTES - 1;

interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly gearOffset: { readonly value: number };
  readonly bufferOffset: { readonly value: number };
  restart(lengthBytes: number): void;
  scan(start: number, end: number, threshold: number): number;
  upperHash(): number;
}

/** The part of the runtime's `WebAssembly` that is used here; no type library in this project declares it. */
interface WebAssemblyRuntime {
  readonly Module: new (binary: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/** The kernel, or `undefined` where the runtime has no WebAssembly. */
export function createWebAssemblyKernel(seed: number): ChunkingKernel | undefined {
  const runtime = (globalThis as { WebAssembly?: WebAssemblyRuntime }).WebAssembly;
  if (runtime === undefined) return undefined;
  const module = new runtime.Module(decodeBase64(KERNEL_BASE64));
  const kernel = new runtime.Instance(module).exports as KernelExports;
  writeGearTable(kernel, seed);
  const buffer = new Uint8Array(kernel.memory.buffer, kernel.bufferOffset.value, LEAD_BYTES + SLICE_BYTES);
  return { name: 'webassembly', scan: createScan(kernel, buffer) };
}

function createScan(kernel: KernelExports, buffer: Uint8Array): ChunkingKernel['scan'] {
  return (bytes: Uint8Array, { start, end, threshold }: ScanRange, visit) => {
    for (let slice = start; slice < end; slice += SLICE_BYTES) {
      const lead = slice - LEAD_BYTES;
      const filled = bytes.subarray(lead, Math.min(slice + SLICE_BYTES, end));
      buffer.set(filled);
      kernel.restart(LEAD_BYTES);
      let behind = LEAD_BYTES;
      for (;;) {
        behind = kernel.scan(behind, filled.length, threshold);
        if (behind === 0) break;
        if (visit(lead + behind, kernel.upperHash() >>> 0)) return;
      }
    }
  };
}

function decodeBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function writeGearTable(kernel: KernelExports, seed: number): void {
  const view = new DataView(kernel.memory.buffer, kernel.gearOffset.value);
  createGearTable(seed).forEach((value, byte) => {
    view.setBigUint64(byte * 8, value, true);
  });
}
