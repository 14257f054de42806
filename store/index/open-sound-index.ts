// Opens an index whose segments all are as they were written: damaged ones are left out, and made up for from the packs.
import type { SavepointError } from '../errors.js';
import type { PackSource } from '../pack/pack-reader.js';
import { isThere, type ObjectIndex, openIndex } from './object-index.js';

export interface SoundIndex {
  /** Loaded whole. */
  readonly index: ObjectIndex;
  /** The damaged segments' names, and what is wrong with each. */
  readonly unsound: ReadonlyMap<string, SavepointError>;
}

export async function openSoundIndex(source: PackSource): Promise<SoundIndex> {
  const unsound = new Map<string, SavepointError>();
  for (;;) {
    const index = await openIndex(source, new Set(unsound.keys()));
    const damaged = await index.loadSound();
    for (const { file, error } of [...index.state.problems, ...damaged]) {
      if (file.startsWith('index/') && (await isThere(source, file))) unsound.set(file, error);
    }
    if (damaged.length === 0) return { index, unsound };
  }
}
