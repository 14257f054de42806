// What is damaged or lost is named exactly; what can be made anew is made anew; nothing that can be read is given up;
// and what is lost for good comes back with the next save, as far as it is still live.
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { listPoints } from '#src/list.js';
import { restore } from '#src/restore.js';
import { save } from '#src/save.js';
import { openSession, type Session } from '#src/session.js';
import { type VerifyReport, verify } from '#src/verify.js';
import { openSoundIndex } from '#store/index/open-sound-index.js';
import { readEntry } from '#store/pack/entry.js';
import { type OpenPack, openPack } from '#store/pack/pack-reader.js';
import { expectSameTree } from '../fixtures/compare-trees.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { expectDamage } from './expected-damage.js';
import {
  findWrongReads,
  makeSmallStore,
  readContent,
  type SmallStore,
  type StoreContent,
} from './small-store.js';

let model: SmallStore;
let content: StoreContent;
let location: string;

beforeAll(async () => {
  model = await makeSmallStore(1, 'sha256');
  content = await readContent(model.location);
});

beforeEach(() => {
  location = join(createTemporaryDirectory({ tmpfsSizeBytes: 64 << 20 }), 'store');
  cpSync(model.location, location, { recursive: true });
});

async function inStore<T>(action: (session: Session) => Promise<T>): Promise<T> {
  const session = await openSession({ store: location });
  try {
    return await action(session);
  } finally {
    await session.close();
  }
}

const check = (repair = false) => inStore((session) => verify(session, { data: true, repair }));
const saveLive = () => inStore((session) => save(session, componentsOfPaths([model.live])));
const readAll = () => findWrongReads(location, content);
const NOTHING_WRONG = { wrong: [], failed: 0 };

function filesIn(folder: string): string[] {
  return readdirSync(join(location, folder)).map((name) => `${folder}/${name}`);
}

/** Flips a bit of the byte at `offset` of a file; from its end where that is negative. */
function damage(file: string, offset: number): void {
  const bytes = readFileSync(join(location, file));
  bytes[offset < 0 ? bytes.length + offset : offset] ^= 16;
  writeFileSync(join(location, file), bytes);
}

/** Everything that a report says is hurt, whatever file is to blame: paths, sorted, by point. */
function hurtBy({ problems }: VerifyReport): Record<string, string[]> {
  const hurt: Record<string, string[]> = {};
  for (const { point, paths } of problems.flatMap(({ hurts }) => hurts)) {
    hurt[point] = [...(hurt[point] ?? []), ...paths].sort();
  }
  return hurt;
}

async function expectRestores(point: string): Promise<void> {
  const target = join(createTemporaryDirectory(), 'restored');
  const { components } = await inStore((session) => restore(session, point, { to: target }));
  expect(components.flatMap(({ problems }) => problems)).toEqual([]);
  expectSameTree(model.live, target);
}

describe('derived files', () => {
  it('that are deleted are done without, and made anew by the next save', async () => {
    for (const folder of ['index', 'cache']) rmSync(join(location, folder), { recursive: true });
    expect(await readAll()).toEqual(NOTHING_WRONG);
    const { point } = await saveLive();
    const state = await inStore(async ({ store }) => (await openSoundIndex(store)).index.state);
    expect(state.unindexedPacks).toEqual([]);
    expect(filesIn('cache').filter((file) => file.includes('stat-'))).toHaveLength(1);
    expect((await check()).problems).toEqual([]);
    await expectRestores(point.name);
  });

  it('may be deleted while a store is open', async () => {
    await inStore(async (session) => {
      await save(session, componentsOfPaths([model.live]));
      for (const folder of ['index', 'cache', 'tmp']) rmSync(join(location, folder), { recursive: true });
      await save(session, componentsOfPaths([model.live]));
      expect((await verify(session, { data: true })).problems).toEqual([]);
    });
    await expectRestores('latest');
  });

  it.each([
    ['front', 50],
    ['leaf', -10],
  ])('read right with a damaged %s of an index segment, which the next save replaces', async (_, offset) => {
    const segments = filesIn('index');
    for (const file of segments) damage(file, offset);
    expect(await readAll()).toEqual(NOTHING_WRONG);
    const { point } = await saveLive();
    expect((await check()).problems).toEqual([]);
    for (const file of segments) expect(existsSync(join(location, file))).toBe(false);
    await expectRestores(point.name);
  });

  it('that are damaged are mended by a repair', async () => {
    const files = [...filesIn('index'), ...filesIn('cache')];
    for (const file of files) damage(file, -10);
    const report = await check(true);
    expect(report.problems.map(({ file }) => file).sort()).toEqual(files.sort());
    expect(report.sound).toBe(true);
    expect((await check()).problems).toEqual([]);
    expect(await readAll()).toEqual(NOTHING_WRONG);
  });
});

describe('refs', () => {
  const transactions = () => filesIn('refs').filter((file) => file.endsWith('.tx'));
  const snapshots = () => filesIn('refs').filter((file) => file.endsWith('.snapshot'));

  it.each([
    ['first transaction', () => transactions().slice(0, 1)],
    ['last transaction', () => transactions().slice(-1)],
    ['snapshot', () => snapshots()],
    ['snapshot and a point’s transaction', () => [...snapshots(), transactions()[4]]],
    ['transactions and snapshots, all of them', () => [...snapshots(), ...transactions()]],
  ])('come back, with all points in their order, from a damaged %s', async (_, choose) => {
    const files = choose();
    for (const file of files) damage(file, -20);
    const report = await check(true);
    expect(report.problems.map(({ file, code }) => `${file} ${code}`).sort()).toEqual(
      files.map((file) => `${file} REF_CORRUPT`).sort(),
    );
    expect(report.sound).toBe(true);
    expect((await check()).problems).toEqual([]);
    const points = await inStore(listPoints);
    expect(points.map(({ name }) => name)).toEqual(model.points);
    for (const { name, id } of points) expect(id).toBe(content.refs.get(`points/${name}`));
    await expectRestores('latest');
    const { point } = await saveLive();
    expect((await inStore(listPoints)).at(-1)?.name).toBe(point.name);
  });
});

describe('settings', () => {
  it.each(['store.json', 'store.copy.json'])(
    'are read from the other file, and mended, where %s is damaged',
    async (file) => {
      const original = readFileSync(join(location, file));
      damage(file, 30);
      expect(await readAll()).toEqual(NOTHING_WRONG);
      expect((await check(true)).problems).toMatchObject([{ file, code: 'STORE_CORRUPT' }]);
      expect(readFileSync(join(location, file)).equals(original)).toBe(true);
      rmSync(join(location, file));
      expect(await readAll()).toEqual(NOTHING_WRONG);
      expect(await check(true)).toMatchObject({ sound: true, problems: [{ file, code: 'STORE_CORRUPT' }] });
      expect((await check()).problems).toEqual([]);
    },
  );

  it('that are damaged in both files are refused', async () => {
    for (const file of ['store.json', 'store.copy.json']) damage(file, 30);
    await expect(openSession({ store: location })).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    await expect(openSession({ store: location, create: true })).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
    });
  });
});

/** The packs of the store, and which objects are in which block of which. */
async function openPacks(): Promise<OpenPack[]> {
  return inStore(({ store }) => {
    const ids = filesIn('packs').map((file) => file.slice(6, -5));
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
  return inStore(async ({ store }) => {
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

describe('packs', () => {
  it.each([
    ['header', 3],
    ['trailer', -3],
    ['table of contents', -60],
  ])('give all of their objects back where their %s is damaged', async (_, offset) => {
    const packs = await openPacks();
    for (const { id } of packs) damage(`packs/${id}.pack`, offset);
    const report = await check(true);
    expect(report.problems.map(({ file }) => file).sort()).toEqual(
      filesIn('quarantine').map(originalOf).sort(),
    );
    expect(report.problems).toHaveLength(packs.length);
    expect(hurtBy(report)).toEqual({});
    expect(report.sound).toBe(true);
    expect((await check()).problems).toEqual([]);
    expect(await readAll()).toEqual(NOTHING_WRONG);
    await expectRestores('latest');
  });

  it('with a damaged block hurt what verify names, and nothing else; the next save heals what is still live', async () => {
    const chunks = await readChunks();
    const packs = await openPacks();
    for (const pack of packs) {
      for (let number = 0; number < pack.table.blocks.length; number++) {
        await expectHealing(pack, { number, chunks });
        rmSync(location, { recursive: true });
        cpSync(model.location, location, { recursive: true });
      }
    }
  });

  it('that are missing hurt what verify names, and nothing else; the next save heals what is still live', async () => {
    const chunks = await readChunks();
    for (const pack of await openPacks()) {
      const expected = expectDamage(content, idsOf(pack), chunks);
      for (const withIndex of [true, false]) {
        rmSync(join(location, `packs/${pack.id}.pack`));
        if (!withIndex) rmSync(join(location, 'index'), { recursive: true });
        const report = await check();
        expect(report.problems.map(({ code }) => code)).toEqual([
          withIndex ? 'PACK_MISSING' : 'OBJECT_MISSING',
        ]);
        expect(hurtBy(report)).toEqual(expected);
        await expectLossOf(idsOf(pack));
        const { point } = await saveLive();
        await expectRestores(point.name);
        const after = hurtBy(await check());
        expect(after[point.name]).toBeUndefined();
        expectSubset(after, expected);
        rmSync(location, { recursive: true });
        cpSync(model.location, location, { recursive: true });
      }
    }
  });
});

const originalOf = (file: string) => file.replace('quarantine', 'packs');

async function expectHealing(
  pack: OpenPack,
  block: { number: number; chunks: Map<string, string[]> },
): Promise<void> {
  const file = `packs/${pack.id}.pack`;
  const lost = idsOfBlock(pack, block.number);
  const expected = expectDamage(content, lost, block.chunks);
  const { offset, storedBytes } = pack.table.blocks[block.number];
  damage(file, offset + Math.floor(storedBytes / 2));
  const found = await check();
  expect(found.problems.map(({ code, file: blamed }) => [code, blamed])).toEqual([['BLOCK_CORRUPT', file]]);
  expect(hurtBy(found)).toEqual(expected);
  await expectLossOf(lost);

  const damaged = readFileSync(join(location, file));
  const repaired = await check(true);
  expect(repaired.problems[0].repaired).toContain(`quarantine/${pack.id}.pack`);
  expect(hurtBy(repaired)).toEqual(expected);
  expect(repaired.sound).toBe(Object.keys(expected).length === 0);
  expect(readFileSync(join(location, `quarantine/${pack.id}.pack`)).equals(damaged)).toBe(true);
  await expectLossOf(lost);

  const { point } = await saveLive();
  await expectRestores(point.name);
  const healed = await check();
  expect(healed.problems.map(({ code }) => code).filter((code) => code !== 'OBJECT_MISSING')).toEqual([]);
  expect(hurtBy(healed)[point.name]).toBeUndefined();
  expectSubset(hurtBy(healed), expected);
}

/** Reads of these objects fail, and no others. */
async function expectLossOf(lost: ReadonlySet<string>): Promise<void> {
  const failed: string[] = [];
  await inStore(async ({ store }) => {
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
  expect((await readAll()).wrong).toEqual([]);
}

function expectSubset(part: Record<string, string[]>, whole: Record<string, string[]>): void {
  for (const [point, paths] of Object.entries(part))
    expect(whole[point]).toEqual(expect.arrayContaining(paths));
}
