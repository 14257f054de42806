// A pack that comes as a stream is in the repository with its index, or not at all.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTemporaryName } from '#adapters/backends/temporary-name.js';
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
  expect(leftIn(repository)).toEqual([]);
});

test.each(Object.keys(RECEIVERS))('%s passes on why a pack could not be read', async (name) => {
  const { pack } = packedHistory();
  const repository = await emptyRepository();
  const broken = async function* () {
    yield pack.subarray(0, 1000);
    throw new Error('the line is dead');
  };
  await expect(RECEIVERS[name](repository, broken())).rejects.toThrow('the line is dead');
  expect(leftIn(repository)).toEqual([]);
});

function emptyRepository(): Promise<BareRepository> {
  const directory = join(createTemporaryDirectory(), 'empty.git');
  return openBareRepository(directory, { format: 'sha1', isDemanded: true });
}

function leftIn({ packDirectory, folder }: BareRepository): string[] {
  return [packDirectory, folder.temporaryFolder].flatMap((directory) => readdirSync(directory));
}

test('what a process that was killed has left of a pack goes when the repository is opened again', async () => {
  const { directory, folder } = await emptyRepository();
  const [boot, host, namespace] = createTemporaryName().split('.');
  // No process has that number.
  const left = join(folder.temporaryFolder, `${boot}.${host}.${namespace}.99999999.1.0123456789abcdef`);
  const own = join(folder.temporaryFolder, createTemporaryName());
  for (const each of [left, own]) mkdirSync(join(each, 'pack'), { recursive: true });
  writeFileSync(join(left, 'pack/tmp_pack_1'), 'half');
  await openBareRepository(directory, { format: 'sha1', isDemanded: true });
  expect([existsSync(left), existsSync(own)]).toEqual([false, true]);
});

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
