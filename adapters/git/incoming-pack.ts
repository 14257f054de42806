// A pack on its way into a repository, in a folder of its own: what does not arrive whole leaves nothing, whoever is killed.
// What a dead process has left there goes when the repository is opened again.
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from '../backends/durable-write.js';
import { createTemporaryName } from '../backends/temporary-name.js';
import { attempt, type BareRepository } from './bare-repository.js';

const PACKS = 'pack';
const INDEX = '.idx';

/**
 * Has `work` put a pack and its index into `pack/` of the folder that it is given, and then both into the repository: the
 * index last, as git sees a pack that has one. What `work` answers is passed on.
 */
export async function takeInPack<T>(
  { directory, folder, packDirectory }: BareRepository,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const incoming = join(folder.temporaryFolder, createTemporaryName());
  const packs = join(incoming, PACKS);
  try {
    await attempt(directory, async () => mkdirSync(packs, { recursive: true }));
    const answer = await work(incoming);
    await attempt(directory, () => moveAll(packs, packDirectory));
    return answer;
  } finally {
    rmSync(incoming, { recursive: true, force: true });
  }
}

async function moveAll(from: string, to: string): Promise<void> {
  const names = readdirSync(from);
  const indexes = names.filter((name) => name.endsWith(INDEX));
  const others = names.filter((name) => !name.endsWith(INDEX));
  for (const name of [...others, ...indexes]) renameSync(join(from, name), join(to, name));
  await syncFolder(to);
}
