// Packs that are damaged or missing: what that hurts is named exactly, what can be read of them is kept, and what is lost
// comes back with the next save, as far as it is still live.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { restore } from '#src/restore.js';
import { save } from '#src/save.js';
import type { VerifyReport } from '#src/verify.js';
import { readEntry } from '#store/pack/entry.js';
import { type OpenPack, openPack } from '#store/pack/pack-reader.js';
import { beginWrite } from '#store/store.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { expectDamage } from './expected-damage.js';
import { makeSmallStore, readContent, type SmallStore, type StoreContent } from './small-store.js';
import { NOTHING_WRONG, StoreCopy } from './store-copy.js';

let model: SmallStore;
let content: StoreContent;
let copy: StoreCopy;
beforeAll(async () => {
  model = await makeSmallStore(1, 'sha256');
  content = await readContent(model.location);
});
beforeEach(() => {
  copy = new StoreCopy(model, content);
});

it.each([
  ['header', 3],
  ['trailer', -3],
  ['table of contents', -60],
])('packs give all of their objects back where their %s is damaged', async (_, offset) => {
  const packs = await openPacks();
  for (const { id } of packs) copy.damage(`packs/${id}.pack`, offset);
  const report = await copy.repair();
  expect(report.problems.map(({ file }) => file).sort()).toEqual(
    copy.filesIn('quarantine').map(originalOf).sort(),
  );
  expect(report.problems).toHaveLength(packs.length);
  expect(hurtBy(report)).toEqual({});
  expect(report.sound).toBe(true);
  expect((await copy.check()).problems).toEqual([]);
  expect(await copy.readAll()).toEqual(NOTHING_WRONG);
  await copy.expectRestores('latest');
});

it('packs with a damaged block hurt what verify names, and nothing else; the next save heals what is still live', async () => {
  const chunks = await readChunks();
  const packs = await openPacks();
  for (const pack of packs) {
    for (let number = 0; number < pack.table.blocks.length; number++) {
      await expectHealing(pack, { number, chunks });
      copy.renew();
    }
  }
});

it('packs that are missing hurt what verify names, and nothing else; the next save heals what is still live', async () => {
  const chunks = await readChunks();
  for (const pack of await openPacks()) {
    const expected = expectDamage(content, idsOf(pack), chunks);
    for (const withIndex of [true, false]) {
      copy.remove(`packs/${pack.id}.pack`);
      if (!withIndex) copy.remove('index');
      const report = await copy.check();
      expect(report.problems.map(({ code }) => code)).toEqual([
        withIndex ? 'PACK_MISSING' : 'OBJECT_MISSING',
      ]);
      expect(hurtBy(report)).toEqual(expected);
      await expectLossOf(idsOf(pack));
      const { point } = await copy.saveLive();
      await copy.expectRestores(point.name);
      const after = hurtBy(await copy.check());
      expect(after[point.name]).toBeUndefined();
      expectSubset(after, expected);
      copy.renew();
    }
  }
});

it('a save that began before a repair is refused, and one after it stores again what was lost', async () => {
  const [pack] = await openPacks();
  const { offset, storedBytes } = pack.table.blocks[0];
  copy.damage(`packs/${pack.id}.pack`, offset + Math.floor(storedBytes / 2));
  await copy.use(async ({ store }) => {
    const write = await beginWrite(store);
    await copy.repair();
    await expect(write.publish([])).rejects.toMatchObject({ code: 'STORE_REPAIRED' });
  });
  const { point } = await copy.saveLive();
  await copy.expectRestores(point.name);
});

it('packs that went together with the index are not vouched for by any cache', async () => {
  const directory = createTemporaryDirectory();
  const roots = ['first', 'second'].map((name) => join(directory, name));
  for (const root of roots) {
    mkdirSync(root);
    writeFileSync(join(root, 'file'), `content of ${root}`);
  }
  // A cache doesn't vouch for files that are as new as itself.
  for (const root of [...roots, ...roots]) {
    await copy.use((session) => save(session, componentsOfPaths([root])));
  }
  const again = await copy.use((session) => save(session, componentsOfPaths([roots[1]])));
  expect(again.components[0].unchangedFiles).toBe(1);
  for (const file of copy.filesIn('packs')) copy.remove(file);
  copy.remove('index');
  for (const root of roots) {
    const target = `${root}-restored`;
    await copy.use(async (session) => {
      const { point } = await save(session, componentsOfPaths([root]));
      await restore(session, point.name, { to: target });
    });
    expect(readFileSync(join(target, 'file'), 'utf8')).toBe(`content of ${root}`);
  }
});

/** The packs of the store, and which objects are in which block of which. */
async function openPacks(): Promise<OpenPack[]> {
  return copy.use(({ store }) => {
    const ids = copy.filesIn('packs').map((file) => file.slice(6, -5));
    return Promise.all(ids.map((id) => openPack(store, id)));
  });
}

function idsOfBlock({ table }: OpenPack, block: number): Set<string> {
  const count = table.entries.length / 44;
  const entries = Array.from({ length: count }, (_, number) => readEntry(table.entries, number, 'sha256'));
  return new Set(entries.filter((entry) => entry.block === block).map(({ id }) => id));
}

const idsOf = (pack: OpenPack) =>
  new Set(pack.table.blocks.flatMap((_, number) => [...idsOfBlock(pack, number)]));

/** The chunks of all large objects. */
async function readChunks(): Promise<Map<string, string[]>> {
  return copy.use(async ({ store }) => {
    const reader = await store.openReader();
    const chunks = new Map<string, string[]>();
    for (const id of content.objects.keys()) {
      const recipe = await reader.findRecipe(id);
      if (recipe !== undefined)
        chunks.set(
          id,
          recipe.chunks.map((chunk) => chunk.id),
        );
    }
    return chunks;
  });
}

/** Everything that a report says is hurt, whatever file is to blame: paths, sorted, by point. */
function hurtBy({ problems }: VerifyReport): Record<string, string[]> {
  const hurt: Record<string, string[]> = {};
  for (const { point, paths } of problems.flatMap(({ hurts }) => hurts)) {
    hurt[point] = [...(hurt[point] ?? []), ...paths].sort();
  }
  return hurt;
}

const originalOf = (file: string) => file.replace('quarantine', 'packs');

async function expectHealing(
  pack: OpenPack,
  block: { number: number; chunks: Map<string, string[]> },
): Promise<void> {
  const file = `packs/${pack.id}.pack`;
  const lost = idsOfBlock(pack, block.number);
  const expected = expectDamage(content, lost, block.chunks);
  const { offset, storedBytes } = pack.table.blocks[block.number];
  copy.damage(file, offset + Math.floor(storedBytes / 2));
  const found = await copy.check();
  expect(found.problems.map(({ code, file: blamed }) => [code, blamed])).toEqual([['BLOCK_CORRUPT', file]]);
  expect(hurtBy(found)).toEqual(expected);
  await expectLossOf(lost);

  const damaged = readFileSync(copy.pathOf(file));
  const repaired = await copy.repair();
  expect(repaired.problems[0].repaired).toContain(`quarantine/${pack.id}.pack`);
  expect(hurtBy(repaired)).toEqual(expected);
  expect(repaired.sound).toBe(Object.keys(expected).length === 0);
  expect(readFileSync(copy.pathOf(`quarantine/${pack.id}.pack`)).equals(damaged)).toBe(true);
  await expectLossOf(lost);

  const { point } = await copy.saveLive();
  await copy.expectRestores(point.name);
  const healed = await copy.check();
  expect(healed.problems.map(({ code }) => code).filter((code) => code !== 'OBJECT_MISSING')).toEqual([]);
  expect(hurtBy(healed)[point.name]).toBeUndefined();
  expectSubset(hurtBy(healed), expected);
}

/** Reads of these objects fail, and no others. */
async function expectLossOf(lost: ReadonlySet<string>): Promise<void> {
  const failed: string[] = [];
  await copy.use(async ({ store }) => {
    const reader = await store.openReader();
    for (const id of content.objects.keys()) {
      // A large object is read by its recipe, and its chunks are looked at by themselves.
      await reader.findRecipe(id).catch((error) => {
        expect(error).toMatchObject({ name: 'SavepointError' });
        failed.push(id);
      });
    }
  });
  expect(failed.sort()).toEqual([...lost].sort());
  expect((await copy.readAll()).wrong).toEqual([]);
}

function expectSubset(part: Record<string, string[]>, whole: Record<string, string[]>): void {
  for (const [point, paths] of Object.entries(part))
    expect(whole[point]).toEqual(expect.arrayContaining(paths));
}
