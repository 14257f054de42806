// Writes a bundle: header, packs made for it, trailer, one after the other into a sink.
import type { PackSource } from '../pack/pack-reader.js';
import type { Store } from '../store.js';
import { encodeBundleHeader, encodeBundleTrailer } from './bundle-format.js';
import { BundleOutput, type BundleOutputOptions } from './bundle-output.js';
import { PackCopying } from './copy-objects.js';
import { missingObject, type SelectedObjects } from './select-objects.js';

export interface WriteBundleOptions extends BundleOutputOptions {
  readonly description: string;
  readonly selected: SelectedObjects;
}

export interface WrittenBundle {
  readonly bytes: number;
  readonly packs: number;
  readonly objects: number;
}

/** Packs are merged, and garbage collected, while they are copied: then what is left is looked for again. */
const MOST_ROUNDS = 8;

/** Throws what reading the store throws, and what `sink` throws: then what was written is no bundle. */
export async function writeBundle(
  store: PackSource & Pick<Store, 'openIndex'>,
  options: WriteBundleOptions,
): Promise<WrittenBundle> {
  const output = new BundleOutput(store.platform, options);
  await output.write(encodeBundleHeader(store.platform, store.format, options.description));
  await copySelected(store, options.selected, output);
  const counts = { packs: output.packs, objects: options.selected.selection.count };
  await output.write(encodeBundleTrailer(counts));
  await output.writeDigest();
  return { ...counts, bytes: output.bytes };
}

async function copySelected(
  store: PackSource & Pick<Store, 'openIndex'>,
  { selection, packs }: SelectedObjects,
  output: BundleOutput,
): Promise<void> {
  const copying = new PackCopying(store, selection, output);
  let ids: Iterable<string> = packs;
  for (let round = 1; selection.waiting > 0 && round <= MOST_ROUNDS; round++) {
    await copying.copy([...ids].sort());
    if (selection.waiting > 0) ids = (await store.openIndex()).state.packs.keys();
  }
  const left = selection.findWaiting();
  if (left !== undefined) throw copying.failure ?? missingObject(left);
}
