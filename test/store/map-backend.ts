// The plainest storage backend there is, a map, which is copied in no time: for tests that try many courses of events.
import type { Backend, BackendWriter } from '#store/backend.js';

export type StoredBytes = Map<string, Uint8Array>;

/** Unfinished writes on a map, each with the backend that it is one of. */
const unfinished = new WeakMap<StoredBytes, Map<string, Backend>>();
let writerCount = 0;

function writersOn(files: StoredBytes): Map<string, Backend> {
  const writers = unfinished.get(files) ?? new Map<string, Backend>();
  unfinished.set(files, writers);
  return writers;
}

/** Lets the process die that uses `backend`: nobody waits for what it has begun to write. */
export function killBackend(files: StoredBytes, backend: Backend): void {
  for (const [name, owner] of writersOn(files)) if (owner === backend) writersOn(files).delete(name);
}

/** A backend on `files`; several on one map see the same files. */
export function createMapBackend(files: StoredBytes = new Map()): Backend {
  const backend: Backend = {
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
    async hold(names) {
      const held = new Map(names.map((name) => [name, files.get(name)]));
      return {
        read: (name, { offset, lengthBytes }) => held.get(name)?.slice(offset, offset + lengthBytes),
        close: () => held.clear(),
      };
    },
    createWriter: async () => {
      const name = `writer-${++writerCount}`;
      writersOn(files).set(name, backend);
      return createWriter(files, () => writersOn(files).delete(name));
    },
    replace: async (name, bytes) => void files.set(name, new Uint8Array(bytes)),
    async createExclusive(name, bytes) {
      if (files.has(name)) return false;
      files.set(name, new Uint8Array(bytes));
      return true;
    },
    remove: async (name) => void files.delete(name),
    removeAbandonedWrites: async () => 0,
    listWriters: async () => [...writersOn(files).keys()],
    close: async () => undefined,
  };
  return backend;
}

function createWriter(files: StoredBytes, onEnd: () => void): BackendWriter {
  const parts: Uint8Array[] = [];
  return {
    append: async (bytes) => void parts.push(new Uint8Array(bytes)),
    async commit(name) {
      const bytes = new Uint8Array(Buffer.concat(parts));
      const there = files.get(name);
      if (there !== undefined && Buffer.compare(there, bytes) !== 0)
        throw new Error(`${name} is there, and differs`);
      files.set(name, bytes);
      onEnd();
    },
    abort: async () => onEnd(),
  };
}
