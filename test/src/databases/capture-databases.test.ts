// Databases of SQLite among other files, while programs use them: a point has each as of one instant.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, test, vi } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { diffPoints } from '#src/diff-points.js';
import { restore } from '#src/restore.js';
import { save } from '#src/save.js';
import { decodeName } from '#store/names.js';
import { collect } from '../../fixtures/saved-tree.js';
import { type OpenSqlite, openSqlite, sqlite } from '../../fixtures/sqlite-database.js';
import type { SwappedTree } from '../../fixtures/swapped-tree.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { waitFor } from '../../fixtures/wait-for.js';
import { ADD, CHECK, COUNT, createDatabaseScene, type DatabaseScene } from './database-scene.js';

let scene: DatabaseScene;
let tree: SwappedTree;
let file: string;
beforeEach(async () => {
  scene = await createDatabaseScene({ swap: false });
  ({ tree, file } = scene);
});

const problemsOf = async (name: string) => (await tree.save(name)).problems;

describe.each(['wal', 'delete'] as const)('a database with %s', (journalMode) => {
  it('is of one instant while others write', async () => {
    scene.makeDatabase(journalMode);
    const writer = openSqlite(file);
    let [isOver, count] = [false, 0];
    await writer.ask('.timeout 60000');
    const writing = (async () => {
      for (; !isOver; count++) await writer.ask(ADD);
      await writer.close();
    })();
    for (let round = 0; round < 5; round++) {
      const before = count;
      await waitFor(() => count > before + 2, 'the writer');
      expect(await problemsOf(`point-${round}`)).toEqual([]);
      const restored = await scene.restoreElsewhere(`point-${round}`);
      expect(readdirSync(join(restored, '..'))).toEqual(['data.db', 'other']);
      expect(sqlite(restored, CHECK)).toBe('ok\n0');
      expect(Number(sqlite(restored, COUNT))).toBeGreaterThan(2000 + before);
    }
    isOver = true;
    await writing;
  });
});

describe('a database that is in use', () => {
  beforeEach(() => scene.makeDatabase('wal'));

  it('is in the point as its file will be when nobody has it open', async () => {
    const writer = await scene.openWriter();
    await tree.save('in-use');
    expect((await openAgain(writer)).size).toBeGreaterThan(0);
    await tree.save('at-rest');
    const [inUse, atRest] = await Promise.all(['in-use', 'at-rest'].map(scene.restoreElsewhere));
    expect(readFileSync(inUse as string).equals(readFileSync(atRest as string))).toBe(true);
    const changes = await collect(diffPoints(tree.session, { before: 'in-use', after: 'at-rest' }));
    expect(changes.map(({ kind }) => kind)).not.toContain('modified');
    expect(sqlite(inUse as string, 'PRAGMA journal_mode;')).toBe('wal');
  });

  /** Has the writer let go, which takes the log into the file. */
  async function openAgain(writer: OpenSqlite) {
    await writer.close();
    expect(scene.namesBeside()).toEqual(['data.db', 'other']);
    return statSync(file);
  }

  it('is not copied again where nobody has written to it', async () => {
    await scene.openWriter();
    await waitFor(() => Date.now() - statSync(`${file}-wal`).mtimeMs > 100, 'the log to be old');
    await tree.save('first');
    vi.stubEnv('PATH', '/nowhere');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await problemsOf('second')).toEqual([]);
    const changes = await collect(diffPoints(tree.session, { before: 'first', after: 'second' }));
    expect(changes).toEqual([]);
  });

  it('is copied again where its log alone has changed', async () => {
    const writer = await scene.openWriter();
    await waitFor(() => Date.now() - statSync(`${file}-wal`).mtimeMs > 100, 'the log to be old');
    await tree.save('first');
    const status = statSync(file);
    await writer.ask(ADD);
    expect(statSync(file).mtimeMs).toBe(status.mtimeMs);
    await tree.save('second');
    expect(sqlite(await scene.restoreElsewhere('first'), COUNT)).toBe('2002');
    expect(sqlite(await scene.restoreElsewhere('second'), COUNT)).toBe('2004');
  });

  it.each(['*-wal', '*-shm', 'data.db-*'])('is whole where the component leaves out %s', async (pattern) => {
    const definitions = componentsOfPaths([tree.root], { exclude: [pattern] });
    const writer = await scene.openWriter();
    await save(tree.session, definitions, { name: 'first' });
    await writer.ask(ADD);
    await save(tree.session, definitions, { name: 'second' });
    expect(sqlite(await scene.restoreElsewhere('first'), COUNT)).toBe('2002');
    expect(sqlite(await scene.restoreElsewhere('second'), COUNT)).toBe('2004');
  });

  it('is whole where the component is that file alone', async () => {
    await scene.openWriter();
    await save(tree.session, componentsOfPaths([file]), { name: 'file' });
    const to = join(createTemporaryDirectory(), 'to');
    await restore(tree.session, 'file', { to });
    expect(sqlite(join(to, 'data.db'), COUNT)).toBe('2002');
  });

  it('is copied by its real path, whatever that is', async () => {
    await scene.openWriter();
    const bytes = Buffer.from([0xff, 0x20, 0x25, 0x3f]);
    const odd = Buffer.concat([Buffer.from(tree.path('app/')), bytes]);
    mkdirSync(odd);
    for (const suffix of ['', '-wal'])
      copyFileSync(file + suffix, Buffer.concat([odd, Buffer.from(`/it's #1.db${suffix}`)]));
    symlinkSync(tree.path('app'), tree.path('link'));
    const origin = tree.path(`link/${decodeName(bytes)}`);
    const definitions = componentsOfPaths([tree.root]).map((each) => ({ ...each, origin }));
    expect((await save(tree.session, definitions, { name: 'point' })).problems).toEqual([]);
    const to = join(createTemporaryDirectory(), 'to');
    await restore(tree.session, 'point', { to });
    expect(readdirSync(to)).toEqual(["it's #1.db"]);
    expect(sqlite(join(to, "it's #1.db"), CHECK)).toBe('ok\n0');
  });

  it('is saved file by file, and told of, where there is no sqlite3', async () => {
    await scene.openWriter();
    vi.stubEnv('PATH', '/nowhere');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await problemsOf('point')).toMatchObject([
      { path: file, code: 'EDATABASE', message: expect.stringContaining('install it (Debian: sqlite3)') },
    ]);
    vi.unstubAllEnvs();
    const restored = await scene.restoreElsewhere('point');
    expect(readdirSync(join(restored, '..'))).toEqual(['data.db', 'data.db-wal', 'other']);
    expect(sqlite(restored, `${CHECK} ${COUNT}`)).toBe('ok\n0\n2002');
    // And by its own means as soon as there are any.
    expect(await problemsOf('again')).toEqual([]);
    expect(readdirSync(join(await scene.restoreElsewhere('again'), '..'))).toEqual(['data.db', 'other']);
  });

  it('is left as it is by being saved', async () => {
    await (await scene.openWriter()).kill();
    const files = [file, `${file}-wal`].map((path) => readFileSync(path).toString('latin1'));
    await tree.save('point');
    expect([file, `${file}-wal`].map((path) => readFileSync(path).toString('latin1'))).toEqual(files);
    expect(sqlite(await scene.restoreElsewhere('point'), COUNT)).toBe('2002');
  });
});

test('a transaction that a crash has cut short is in the point as it stands, to be taken back by who opens it', async () => {
  scene.makeDatabase('delete');
  const elsewhere = createTemporaryDirectory();
  const busy = join(elsewhere, 'data.db');
  copyFileSync(file, busy);
  const writer = openSqlite(busy);
  await writer.ask(
    'PRAGMA cache_size = 5; BEGIN; UPDATE entries SET amount = 5, filling = hex(randomblob(50));',
  );
  for (const suffix of ['', '-journal']) copyFileSync(busy + suffix, file + suffix);
  await writer.kill();
  expect(await problemsOf('point')).toEqual([]);
  const restored = await scene.restoreElsewhere('point');
  expect(readdirSync(join(restored, '..'))).toEqual(['data.db', 'data.db-journal', 'other']);
  expect(sqlite(restored, CHECK)).toBe('ok\n0');
});

test('files that are no database, or only called like parts of one, are captured as they are', async () => {
  for (const name of ['text', 'text-wal', 'alone-wal', 'empty.db-wal', '-wal', 'data.db-wal/file'])
    tree.write(`app/${name}`, name);
  expect(await problemsOf('point')).toEqual([]);
  const restored = await scene.restoreElsewhere('point');
  expect(readFileSync(join(restored, '../text-wal'), 'utf8')).toBe('text-wal');
  expect(readdirSync(join(restored, '..'))).toEqual(scene.namesBeside());
});

test('of a large one the copy is cut as the file would be', async () => {
  mkdirSync(tree.path('app'), { recursive: true });
  sqlite(
    file,
    `PRAGMA journal_mode = wal; CREATE TABLE t (a);
     INSERT INTO t SELECT randomblob(4000) FROM generate_series(1, 12000);`,
  );
  await tree.save('at-rest');
  const writer = openSqlite(file);
  await writer.ask('PRAGMA wal_autocheckpoint = 0; UPDATE t SET a = randomblob(4000) WHERE rowid = 6000;');
  const { newBytes } = await tree.save('in-use');
  expect(newBytes).toBeLessThan(8 << 20);
  const restored = await scene.restoreElsewhere('in-use');
  expect(statSync(restored).size).toBeGreaterThan(32 << 20);
  expect(sqlite(restored, 'PRAGMA integrity_check;')).toBe('ok');
  await writer.close();
}, 120_000);
