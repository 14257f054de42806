// Runs fastcdc-kernel.as.ts: copies the input, slice by slice, into a small WebAssembly memory and scans it there.
// A slice stays in the processor's cache between the copy and the scan, and no byte is copied twice.
import type { ChunkingKernel } from './chunking-kernel.js';
import { KERNEL_BASE64 } from './fastcdc-kernel.generated.js';
import { createGearTable } from './gear-table.js';

const SLICE_BYTES = 32 * 1024;

interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly gearOffset: { readonly value: number };
  readonly bufferOffset: { readonly value: number };
  restart(lengthBytes: number): void;
  scan(lengthBytes: number, threshold: number): number;
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
  const buffer = new Uint8Array(kernel.memory.buffer, kernel.bufferOffset.value, SLICE_BYTES);
  return {
    name: 'webassembly',
    restart(bytes, start, end) {
      buffer.set(bytes.subarray(start, end));
      kernel.restart(end - start);
    },
    scan(bytes, { start, end, threshold }) {
      for (let at = start; at < end; at += SLICE_BYTES) {
        const sliceEnd = Math.min(at + SLICE_BYTES, end);
        buffer.set(bytes.subarray(at, sliceEnd));
        const found = kernel.scan(sliceEnd - at, threshold);
        if (found !== 0) return at + found;
      }
      return 0;
    },
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
