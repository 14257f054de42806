// A git pack in the making. It becomes visible as a whole, after its index could follow it: git looks at packs that have one.
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import {
  ID_LENGTH_BYTES,
  type ObjectFormat,
  type ObjectId,
  type ObjectKind,
  readObjectId,
  writeObjectId,
} from '../../store/object-id.js';
import type { Hasher, Platform } from '../../store/platform.js';
import type { DurableFolder, UnfinishedFile } from '../backends/durable-write.js';
import { toStorageError } from '../backends/storage-error.js';
import { readStoredFile } from '../backends/stored-file.js';
import type { PackedObjects } from './pack-block.js';
import { encodePackEntry } from './pack-entry.js';
import { PackIndexEntries } from './pack-index.js';

const HEADER_BYTES = 12;
const COPIED_AT_ONCE_BYTES = 4 << 20;

export interface PackFileOptions {
  readonly folder: DurableFolder;
  readonly platform: Platform;
  readonly format: ObjectFormat;
  /** How many objects it will most likely hold. If it is another number in the end, the file is written once more. */
  readonly expectedObjects: number;
}

export class PackFile {
  readonly entries: PackIndexEntries;
  private readonly hasher: Hasher;
  private bytes = 0;

  private constructor(
    private readonly options: PackFileOptions,
    private file: UnfinishedFile,
  ) {
    this.entries = new PackIndexEntries(options.format);
    this.hasher = options.platform.createHasher(options.format);
  }

  /** Throws STORAGE_FULL and the like, as all that writes does. */
  static async begin(options: PackFileOptions): Promise<PackFile> {
    const { folder, expectedObjects } = options;
    return storing(folder, async () => {
      const pack = new PackFile(options, await folder.begin());
      pack.write(packHeader(expectedObjects));
      return pack;
    });
  }

  get sizeBytes(): number {
    return this.bytes;
  }

  addAll({ bytes, lengths, checksums, ids }: PackedObjects): void {
    const { format } = this.options;
    let offset = this.bytes;
    for (let number = 0; number < lengths.length; number++) {
      const id = readObjectId(ids, number * ID_LENGTH_BYTES[format], format);
      this.entries.add({ id, offset, checksum: checksums[number] });
      offset += lengths[number];
    }
    this.write(bytes);
  }

  /** Adds an object whose content is in memory. */
  add(object: { readonly id: ObjectId; readonly kind: ObjectKind; readonly content: Uint8Array }): void {
    const entry = Buffer.concat(encodePackEntry(object.kind, object.content));
    this.entries.add({ id: object.id, offset: this.bytes, checksum: crc32(entry) });
    this.write(entry);
  }

  /** Adds what makes up one object, whose id is known when all of it is there. */
  async addPieces(pieces: AsyncIterable<Uint8Array>, idOf: () => ObjectId): Promise<ObjectId> {
    const offset = this.bytes;
    let checksum = 0;
    for await (const piece of pieces) {
      checksum = crc32(piece, checksum);
      this.write(piece);
    }
    const id = idOf();
    this.entries.add({ id, offset, checksum });
    return id;
  }

  /** Puts pack and index into `objects/pack`, durably. The pack is named for what is in it. Throws as `PackIndexEntries.encode`. */
  async finish(directory: string): Promise<{ readonly name: string; readonly bytes: number }> {
    return storing(this.options.folder, () => this.publish(directory));
  }

  discard(): void {
    this.file.discard();
  }

  private async publish(directory: string): Promise<{ readonly name: string; readonly bytes: number }> {
    const { platform, folder, expectedObjects, format } = this.options;
    let digest = this.hasher.digest() as ObjectId;
    if (this.entries.count !== expectedObjects) digest = await this.rewrite();
    this.file.write(idBytes(digest));
    const index = this.entries.encode(platform, digest);
    const name = `pack-${digest}`;
    await this.file.replace(join(directory, `${name}.pack`));
    const indexFile = await folder.begin();
    indexFile.write(index);
    await indexFile.replace(join(directory, `${name}.idx`));
    return { name, bytes: this.bytes + ID_LENGTH_BYTES[format] };
  }

  private write(bytes: Uint8Array): void {
    this.hasher.update(bytes);
    try {
      this.file.write(bytes);
    } catch (error) {
      throw storageError(this.options.folder, error);
    }
    this.bytes += bytes.length;
  }

  /** The digest of the file with the right number in its header, which stands at its beginning. */
  private async rewrite(): Promise<ObjectId> {
    const { platform, format, folder } = this.options;
    const hasher = platform.createHasher(format);
    const former = this.file;
    this.file = await folder.begin();
    const take = (bytes: Uint8Array) => {
      hasher.update(bytes);
      this.file.write(bytes);
    };
    try {
      take(packHeader(this.entries.count));
      for (let offset = HEADER_BYTES; offset < this.bytes; offset += COPIED_AT_ONCE_BYTES) {
        take(readStoredFile(former.path, { offset, lengthBytes: COPIED_AT_ONCE_BYTES }) as Uint8Array);
      }
    } finally {
      former.discard();
    }
    return hasher.digest() as ObjectId;
  }
}

/** Says of failures of the file system what they mean. */
async function storing<T>(folder: DurableFolder, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storageError(folder, error);
  }
}

function storageError({ root }: DurableFolder, error: unknown): unknown {
  return toStorageError(error, { doing: 'written', path: root, location: root });
}

function packHeader(objects: number): Uint8Array {
  const bytes = new TextEncoder().encode('PACK\0\0\0\x02\0\0\0\0');
  new DataView(bytes.buffer).setUint32(8, objects);
  return bytes;
}

function idBytes(id: ObjectId): Uint8Array {
  const bytes = new Uint8Array(id.length / 2);
  writeObjectId(bytes, 0, id);
  return bytes;
}
