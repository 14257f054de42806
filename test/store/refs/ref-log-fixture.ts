// What the tests of the ref log share: ids, logs on memory, and a backend that tests can look into and hold up.

import CRC32 from 'crc-32';
import { createMemoryBackend } from '#adapters/backends/memory-backend.js';
import type { Backend } from '#store/backend.js';
import type { ObjectId } from '#store/object-id.js';
import type { RefState } from '#store/refs/ref-log.js';

export const CONTEXT = {
  platform: { crc32: (bytes: Uint8Array) => CRC32.buf(bytes) >>> 0 },
  format: 'sha256',
} as const;

/** An object id that tells its number. */
export function idOf(number: number): ObjectId {
  return number.toString(16).padStart(64, '0') as ObjectId;
}

export interface BackendCall {
  readonly method: string;
  readonly name: string;
}

type Hook = (call: BackendCall) => Promise<void> | void;

/** `backend`, with hooks before and after each call; what they throw, the caller gets. */
export function interceptBackend(backend: Backend, hooks: { before?: Hook; after?: Hook }): Backend {
  return new Proxy(backend, {
    get(target, method: string) {
      const member = Reflect.get(target, method) as unknown;
      if (typeof member !== 'function') return member;
      return async (...parameters: unknown[]) => {
        const call = { method, name: String(parameters[0] ?? '') };
        await hooks.before?.(call);
        const result: unknown = await member.apply(target, parameters);
        await hooks.after?.(call);
        return result;
      };
    },
  });
}

/** A memory backend with the same files in `refs/`. */
export async function copyRefFiles(backend: Backend): Promise<Backend> {
  const copy = createMemoryBackend();
  for (const { name } of await backend.list('refs')) {
    await copy.replace(name, (await backend.read(name)) ?? new Uint8Array());
  }
  return copy;
}

/** The refs of `state` and their numbers, as plain values to compare: `{ 'points/a': 7 }`. */
export function numbersOf(state: RefState): Record<string, number> {
  return Object.fromEntries([...state.refs].map(([name, { id }]) => [name, Number.parseInt(id, 16)]));
}

/** Numbers in [0, 1) that a seed gives again (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
