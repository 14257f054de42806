// Derived files, refs and settings that are damaged or gone are done without, and made anew; no point is given up.
import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { listPoints } from '#src/list.js';
import { save } from '#src/save.js';
import { openSession } from '#src/session.js';
import { verify } from '#src/verify.js';
import { openSoundIndex } from '#store/index/open-sound-index.js';
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

describe('derived files', () => {
  it('that are deleted are done without, and made anew by the next save', async () => {
    for (const folder of ['index', 'cache']) copy.remove(folder);
    expect(await copy.readAll()).toEqual(NOTHING_WRONG);
    const { point } = await copy.saveLive();
    const state = await copy.use(async ({ store }) => (await openSoundIndex(store)).index.state);
    expect(state.unindexedPacks).toEqual([]);
    expect(copy.filesIn('cache').filter((file) => file.includes('stat-'))).toHaveLength(1);
    expect((await copy.check()).problems).toEqual([]);
    await copy.expectRestores(point.name);
  });

  it('may be deleted while a store is open', async () => {
    await copy.use(async (session) => {
      await save(session, componentsOfPaths([model.live]));
      for (const folder of ['index', 'cache', 'tmp']) copy.remove(folder);
      await save(session, componentsOfPaths([model.live]));
      expect((await verify(session, { data: true })).problems).toEqual([]);
    });
    await copy.expectRestores('latest');
  });

  it.each([
    ['front', 50],
    ['leaf', -10],
  ])('read right with a damaged %s of an index segment, which the next save replaces', async (_, offset) => {
    const segments = copy.filesIn('index');
    for (const file of segments) copy.damage(file, offset);
    expect(await copy.readAll()).toEqual(NOTHING_WRONG);
    const { point } = await copy.saveLive();
    expect((await copy.check()).problems).toEqual([]);
    for (const file of segments) expect(existsSync(copy.pathOf(file))).toBe(false);
    await copy.expectRestores(point.name);
  });

  it('that are damaged are mended by a repair', async () => {
    const files = [...copy.filesIn('index'), ...copy.filesIn('cache')];
    for (const file of files) copy.damage(file, -10);
    const report = await copy.repair();
    expect(report.problems.map(({ file }) => file).sort()).toEqual(files.sort());
    expect(report.sound).toBe(true);
    expect((await copy.check()).problems).toEqual([]);
    expect(await copy.readAll()).toEqual(NOTHING_WRONG);
  });
});

describe('refs', () => {
  const transactions = () => copy.filesIn('refs').filter((file) => file.endsWith('.tx'));
  const snapshots = () => copy.filesIn('refs').filter((file) => file.endsWith('.snapshot'));

  it.each([
    ['first transaction', () => transactions().slice(0, 1)],
    ['last transaction', () => transactions().slice(-1)],
    ['snapshot', () => snapshots()],
    ['snapshot and a point’s transaction', () => [...snapshots(), transactions()[4]]],
    ['transactions and snapshots, all of them', () => [...snapshots(), ...transactions()]],
  ])('come back, with all points in their order, from a damaged %s', async (_, choose) => {
    const files = choose();
    for (const file of files) copy.damage(file, -20);
    const report = await copy.repair();
    expect(report.problems.map(({ file, code }) => `${file} ${code}`).sort()).toEqual(
      files.map((file) => `${file} REF_CORRUPT`).sort(),
    );
    expect(report.sound).toBe(true);
    expect((await copy.check()).problems).toEqual([]);
    const points = await copy.use(listPoints);
    expect(points.map(({ name }) => name)).toEqual(model.points);
    for (const { name, id } of points) expect(id).toBe(content.refs.get(`points/${name}`));
    await copy.expectRestores('latest');
    const { point } = await copy.saveLive();
    expect((await copy.use(listPoints)).at(-1)?.name).toBe(point.name);
  });
});

describe('settings', () => {
  it.each(['store.json', 'store.copy.json'])(
    'are read from the other file, and mended, where %s is damaged',
    async (file) => {
      const original = readFileSync(copy.pathOf(file));
      copy.damage(file, 30);
      expect(await copy.readAll()).toEqual(NOTHING_WRONG);
      expect((await copy.repair()).problems).toMatchObject([{ file, code: 'STORE_CORRUPT' }]);
      expect(readFileSync(copy.pathOf(file)).equals(original)).toBe(true);
      copy.remove(file);
      expect(await copy.readAll()).toEqual(NOTHING_WRONG);
      expect(await copy.repair()).toMatchObject({ sound: true, problems: [{ file, code: 'STORE_CORRUPT' }] });
      expect((await copy.check()).problems).toEqual([]);
    },
  );

  it('that are damaged in both files are refused', async () => {
    for (const file of ['store.json', 'store.copy.json']) copy.damage(file, 30);
    await expect(openSession({ store: copy.location })).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    await expect(openSession({ store: copy.location, create: true })).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
    });
  });
});
