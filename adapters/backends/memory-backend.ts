// The storage backend in memory, on a memfs volume: for tests, and for stores that need not outlive their process.
// Every change is one synchronous step, so what is visible is always whole, and nothing is ever abandoned.
import { Volume } from 'memfs';
import type { Backend, BackendWriter, HeldFiles, ReadRange, StoredFile } from '../../store/backend.js';
import { assert } from '../../store/errors.js';
import { describeClash, saysAbsent, toStorageError } from './storage-error.js';
import { checkStoredName } from './stored-name.js';

const LOCATION = 'memory';

/** A backend on `volume`, from its root; several backends on one volume see the same files. */
export function createMemoryBackend(volume: Volume = new Volume()): Backend {
  return new MemoryBackend(volume);
}

let writerCount = 0;

/** Of all backends on one volume. */
const unfinished = new WeakMap<Volume, Set<string>>();

function writersOn(volume: Volume): Set<string> {
  const names = unfinished.get(volume) ?? new Set();
  unfinished.set(volume, names);
  return names;
}

class MemoryBackend implements Backend {
  readonly location = LOCATION;
  private readonly writers = new Set<MemoryWriter>();
  private isClosed = false;

  constructor(private readonly volume: Volume) {}

  async read(name: string, range?: { offset: number; lengthBytes: number }): Promise<Uint8Array | undefined> {
    const path = this.resolve(name);
    const sizeBytes = this.findSize(path);
    if (sizeBytes === undefined) return undefined;
    const offset = range?.offset ?? 0;
    const bytes = new Uint8Array(Math.max(0, Math.min(range?.lengthBytes ?? sizeBytes, sizeBytes - offset)));
    const descriptor = this.volume.openSync(path, 'r');
    if (bytes.length > 0) this.volume.readSync(descriptor, bytes, 0, bytes.length, offset);
    this.volume.closeSync(descriptor);
    return bytes;
  }

  async size(name: string): Promise<number | undefined> {
    return this.findSize(this.resolve(name));
  }

  async list(folder: string): Promise<StoredFile[]> {
    this.resolve(folder);
    const files: StoredFile[] = [];
    this.collect(folder, files);
    return files.sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  async hold(names: readonly string[]): Promise<HeldFiles> {
    const files = new Map<string, Uint8Array>();
    for (const name of names) {
      const bytes = await this.read(name);
      if (bytes !== undefined) files.set(name, bytes);
    }
    return {
      read: (name, { offset, lengthBytes }: ReadRange) =>
        files.get(name)?.slice(offset, offset + lengthBytes),
      close: () => files.clear(),
    };
  }

  async createWriter(): Promise<BackendWriter> {
    assert(!this.isClosed, 'a backend is used after its end');
    const own = `writer-${++writerCount}`;
    const writer = new MemoryWriter(
      (name, bytes) => {
        const path = this.resolve(name);
        if (!this.create(path, bytes) && !this.holds(path, bytes)) throw describeClash(name, path);
      },
      () => {
        this.writers.delete(writer);
        writersOn(this.volume).delete(own);
      },
    );
    this.writers.add(writer);
    writersOn(this.volume).add(own);
    return writer;
  }

  async replace(name: string, bytes: Uint8Array): Promise<void> {
    this.write(this.resolve(name), bytes);
  }

  async createExclusive(name: string, bytes: Uint8Array): Promise<boolean> {
    return this.create(this.resolve(name), bytes);
  }

  async remove(name: string): Promise<void> {
    const path = this.resolve(name);
    if (this.findSize(path) !== undefined) this.volume.unlinkSync(path);
  }

  async removeAbandonedWrites(): Promise<number> {
    assert(!this.isClosed, 'a backend is used after its end');
    return 0;
  }

  async listWriters(): Promise<string[]> {
    assert(!this.isClosed, 'a backend is used after its end');
    return [...writersOn(this.volume)];
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const writer of this.writers) await writer.abort();
  }

  private resolve(name: string): string {
    assert(!this.isClosed, 'a backend is used after its end');
    checkStoredName(name);
    return `/${name}`;
  }

  private create(path: string, bytes: Uint8Array): boolean {
    if (this.volume.existsSync(path)) return false;
    this.write(path, bytes);
    return true;
  }

  // Written in place, not renamed into it: memfs renames a file onto a folder without complaint.
  private write(path: string, bytes: Uint8Array): void {
    try {
      this.volume.mkdirSync(path.slice(0, path.lastIndexOf('/')) || '/', { recursive: true });
      this.volume.writeFileSync(path, Buffer.from(bytes));
    } catch (error) {
      throw toStorageError(error, { doing: 'written', path, location: LOCATION });
    }
  }

  private holds(path: string, bytes: Uint8Array): boolean {
    return (
      this.findSize(path) === bytes.length &&
      Buffer.from(bytes).equals(this.volume.readFileSync(path) as Buffer)
    );
  }

  private findSize(path: string): number | undefined {
    try {
      const status = this.volume.statSync(path);
      return status.isFile() ? status.size : undefined;
    } catch (error) {
      if (saysAbsent(error)) return undefined;
      throw error;
    }
  }

  private collect(folder: string, files: StoredFile[]): void {
    for (const entry of this.readFolder(`/${folder}`)) {
      const name = `${folder}/${entry}`;
      const sizeBytes = this.findSize(`/${name}`);
      if (sizeBytes === undefined) this.collect(name, files);
      else files.push({ name, sizeBytes });
    }
  }

  private readFolder(path: string): string[] {
    try {
      return this.volume.readdirSync(path) as string[];
    } catch (error) {
      if (saysAbsent(error)) return [];
      throw error;
    }
  }
}

class MemoryWriter implements BackendWriter {
  private chunks: Buffer[] | undefined = [];

  constructor(
    private readonly publish: (name: string, bytes: Uint8Array) => void,
    private readonly onEnd: () => void,
  ) {}

  async append(bytes: Uint8Array): Promise<void> {
    assert(this.chunks !== undefined, 'a writer is appended to after its end');
    this.chunks.push(Buffer.from(bytes));
  }

  async commit(name: string): Promise<void> {
    assert(this.chunks !== undefined, 'a writer is committed after its end');
    const bytes = Buffer.concat(this.chunks);
    await this.abort();
    this.publish(name, bytes);
  }

  async abort(): Promise<void> {
    if (this.chunks === undefined) return;
    this.chunks = undefined;
    this.onEnd();
  }
}
