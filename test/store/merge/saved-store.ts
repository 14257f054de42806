// A store that gets many small saves, each of a data pack and a metadata pack, as recovery points make them; and what
// can be read of it.
import { createNodePlatform } from '#adapters/node/node-platform.js';
import type { Backend } from '#store/backend.js';
import { openSoundIndex } from '#store/index/open-sound-index.js';
import type { ObjectId } from '#store/object-id.js';
import { ObjectReader } from '#store/object-reader.js';
import { hashObject } from '#store/objects/object-header.js';
import type { PackSource } from '#store/pack/pack-reader.js';
import { beginWrite, openStore, type Store } from '#store/store.js';
import { encodeSettings, SETTINGS_COPY_NAME, SETTINGS_NAME } from '#store/store-settings.js';
import { textBytes } from '../../conformance/codec-samples.js';
import { createMapBackend, type StoredBytes } from '../map-backend.js';

export const platform = await createNodePlatform();

const SETTINGS = encodeSettings(platform, {
  format: 1,
  id: '5'.repeat(32),
  objectFormat: 'sha256',
  chunking: { algorithm: 'fastcdc', minimumBytes: 64, averageBytes: 128, maximumBytes: 512, seed: 0 },
  codec: 'zstd',
  encryption: 'none',
});

/** The files of an empty store. */
export function emptyStore(): StoredBytes {
  return new Map([
    [SETTINGS_NAME, SETTINGS],
    [SETTINGS_COPY_NAME, SETTINGS],
  ]);
}

export function openOn(backend: Backend): Promise<Store> {
  return openStore({ backend, platform });
}

export function sourceOn(files: StoredBytes): PackSource {
  return { backend: createMapBackend(files), platform, format: 'sha256' };
}

export const contentOf = (number: number): Uint8Array =>
  new Uint8Array(Buffer.concat([Buffer.from(`save ${number}\n`), textBytes(100)]));

export const idOf = (number: number): ObjectId =>
  hashObject(platform, 'sha256', { kind: 'blob', content: contentOf(number) });

/** Saves object `number`, and a tree that no other save has; publishes, and so merges where enough has piled up. */
export async function saveSmall(store: Store, number: number): Promise<void> {
  const write = await beginWrite(store);
  const [data, metadata] = [write.createWriter('data'), write.createWriter('metadata')];
  await data.add('blob', contentOf(number));
  await metadata.add('tree', new TextEncoder().encode(`100644 ${number}\0${'i'.repeat(32)}`));
  await write.publish([...(await data.finish()), ...(await metadata.finish())]);
  await write.tidy();
}

/** Those of the objects `numbers` that cannot be read, or are not as they were saved. */
export async function findLost(source: PackSource, numbers: readonly number[]): Promise<number[]> {
  const reader = new ObjectReader(source, (await openSoundIndex(source)).index);
  return findLostBy(reader, numbers);
}

export async function findLostBy(reader: ObjectReader, numbers: readonly number[]): Promise<number[]> {
  const lost: number[] = [];
  for (const number of numbers) {
    const found = await reader.read(idOf(number)).catch(() => undefined);
    if (found === undefined || Buffer.compare(found.content, contentOf(number)) !== 0) lost.push(number);
  }
  return lost;
}
