// A pack that comes as a stream is in the repository with its index, or not at all.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type BareRepository, openBareRepository } from '#adapters/git/bare-repository.js';
import { receiveByLibrary, receivePack } from '#adapters/git/receive-pack.js';
import { makeRepository } from '../../fixtures/made-repository.js';
import { createRandom } from '../../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const RECEIVERS: Readonly<
  Record<string, (repository: BareRepository, pack: AsyncIterable<Uint8Array>) => Promise<void>>
> = { 'the program': receivePack, 'the library': receiveByLibrary };

test.each(Object.keys(RECEIVERS))('%s takes a pack with deltas in', async (name) => {
  const { pack, objects } = packedHistory();
  const repository = await emptyRepository();
  await RECEIVERS[name](repository, inPieces(pack));
  const made = makeRepository();
  const list = made.git(
    `--git-dir=${repository.directory}`,
    'cat-file',
    '--batch-all-objects',
    '--batch-check=%(objectname)',
  );
  expect(list).toBe(objects);
  made.git(`--git-dir=${repository.directory}`, 'fsck', '--full', '--strict', '--no-dangling');
});

test.each(Object.keys(RECEIVERS))('%s says of a damaged pack that it is one', async (name) => {
  const { pack } = packedHistory();
  pack[pack.length >> 1] ^= 1;
  const repository = await emptyRepository();
  const received = RECEIVERS[name](repository, inPieces(pack));
  await expect(received).rejects.toMatchObject({ code: 'REPOSITORY_CORRUPT' });
  expect(indexesIn(repository)).toEqual([]);
});

test.each(Object.keys(RECEIVERS))('%s passes on why a pack could not be read', async (name) => {
  const { pack } = packedHistory();
  const repository = await emptyRepository();
  const broken = async function* () {
    yield pack.subarray(0, 1000);
    throw new Error('the line is dead');
  };
  await expect(RECEIVERS[name](repository, broken())).rejects.toThrow('the line is dead');
  expect(indexesIn(repository)).toEqual([]);
});

function emptyRepository(): Promise<BareRepository> {
  const directory = join(createTemporaryDirectory(), 'empty.git');
  return openBareRepository(directory, { format: 'sha1', isDemanded: true });
}

function indexesIn({ packDirectory }: BareRepository): string[] {
  return readdirSync(packDirectory).filter((name) => name.endsWith('.idx'));
}

function packedHistory(): { readonly pack: Buffer; readonly objects: string } {
  const made = makeRepository();
  const text = createRandom(1).text(300_000);
  made.commit({ text }, '2024-05-01T10:00:00Z');
  text[1000] ^= 1;
  made.commit({ text }, '2024-05-02T10:00:00Z');
  made.git('repack', '-a', '-d', '--quiet');
  const folder = join(made.directory, '.git/objects/pack');
  const [name] = readdirSync(folder).filter((each) => each.endsWith('.pack'));
  const objects = made.git('cat-file', '--batch-all-objects', '--batch-check=%(objectname)');
  return { pack: readFileSync(join(folder, name)), objects };
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
}
