// Changes refs of a repository in one instant, beside git and other exports: behind git's own lock for packed-refs.
import { join } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import type { ObjectId } from '../../store/object-id.js';
import { syncFolder } from '../backends/durable-write.js';
import { removeStoredFile } from '../backends/stored-file.js';
import { attempt, type BareRepository, readRefs } from './bare-repository.js';
import {
  encodePackedRefs,
  PACKED_REFS,
  type PackedRef,
  readLooseRefs,
  readPackedRefs,
  readText,
} from './packed-refs.js';
import { takeRefsLock } from './refs-lock.js';

export interface RefChange {
  readonly name: string;
  /** What it has to be before; missing where there must be none. */
  readonly expected?: ObjectId | undefined;
  /** What it becomes; missing where it is removed. */
  readonly value?: PackedRef | undefined;
}

export interface RefUpdate {
  readonly changes: readonly RefChange[];
  /** The branch that HEAD names from then on, unless it names one that is there. */
  readonly head: string;
  /** Called while nobody else can change refs, before they change. */
  readonly prepare: () => Promise<void>;
}

/** All or nothing. Throws LOCKED where somebody else changes refs now, or has changed one of these meanwhile. */
export async function updateRefs(repository: BareRepository, update: RefUpdate): Promise<void> {
  const { directory } = repository;
  await attempt(directory, async () => {
    const lock = await takeRefsLock(repository);
    try {
      const refs = readRefs(repository);
      for (const { name, expected } of update.changes)
        if (refs.get(name) !== expected) throw moved(directory, name);
      await update.prepare();
      await writeRefs(repository, update.changes);
      await nameHead(repository, update.head);
    } finally {
      removeStoredFile(lock);
      await syncFolder(directory);
    }
  });
}

async function writeRefs(
  { directory, folder }: BareRepository,
  changes: readonly RefChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const packed = readPackedRefs(directory);
  for (const { name, value } of changes) {
    if (value === undefined) packed.delete(name);
    else packed.set(name, value);
  }
  const file = await folder.begin();
  file.write(encodePackedRefs(packed));
  await file.replace(join(directory, PACKED_REFS));
  // Files of refs count for more than what was just written.
  const loose = readLooseRefs(directory);
  for (const { name } of changes) if (loose.has(name)) removeStoredFile(join(directory, name));
}

async function nameHead(repository: BareRepository, head: string): Promise<void> {
  const { directory, folder } = repository;
  const target = /^ref: (.*)\n?$/.exec(readText(join(directory, 'HEAD')) ?? '')?.[1];
  const refs = readRefs(repository);
  if (target === undefined || target === head || refs.has(target) || !refs.has(head)) return;
  const file = await folder.begin();
  file.write(new TextEncoder().encode(`ref: ${head}\n`));
  await file.replace(join(directory, 'HEAD'));
}

function moved(directory: string, name: string): SavepointError {
  return new SavepointError(
    'LOCKED',
    `${name} of ${directory} was changed by somebody else during the export; repeat it.`,
    { fields: { path: directory, ref: name } },
  );
}
