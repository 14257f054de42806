// The plainest storage backend there is, a map, which is copied in no time: for tests that try many courses of events.
import type { Backend, BackendWriter } from '#store/backend.js';

export type StoredBytes = Map<string, Uint8Array>;

/** A backend on `files`; several on one map see the same files. */
export function createMapBackend(files: StoredBytes = new Map()): Backend {
  return {
    location: 'a map',
    async read(name, range) {
      const bytes = files.get(name);
      if (range === undefined) return bytes;
      return bytes?.subarray(range.offset, range.offset + range.lengthBytes);
    },
    size: async (name) => files.get(name)?.length,
    async list(folder) {
      const names = [...files.keys()].filter((name) => name.startsWith(`${folder}/`)).sort();
      return names.map((name) => ({ name, sizeBytes: (files.get(name) as Uint8Array).length }));
    },
    createWriter: async () => createWriter(files),
    replace: async (name, bytes) => void files.set(name, new Uint8Array(bytes)),
    async createExclusive(name, bytes) {
      if (files.has(name)) return false;
      files.set(name, new Uint8Array(bytes));
      return true;
    },
    remove: async (name) => void files.delete(name),
    removeAbandonedWrites: async () => 0,
    close: async () => undefined,
  };
}

function createWriter(files: StoredBytes): BackendWriter {
  const parts: Uint8Array[] = [];
  return {
    append: async (bytes) => void parts.push(new Uint8Array(bytes)),
    async commit(name) {
      const bytes = new Uint8Array(Buffer.concat(parts));
      const there = files.get(name);
      if (there !== undefined && Buffer.compare(there, bytes) !== 0)
        throw new Error(`${name} is there, and differs`);
      files.set(name, bytes);
    },
    abort: async () => undefined,
  };
}
