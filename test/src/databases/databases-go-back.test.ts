// Databases of SQLite among other files that go back: a log that is left never gets to another database than its own.
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { restore } from '#src/restore.js';
import { rollback } from '#src/rollback/rollback.js';
import { redo, undo } from '#src/rollback/undo.js';
import { atPhase } from '../../fixtures/rollback-process.js';
import { describeDatabase, openSqlite, sqlite } from '../../fixtures/sqlite-database.js';
import type { SwappedTree, SwapSettings } from '../../fixtures/swapped-tree.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { ADD, CHECK, COUNT, createDatabaseScene, type DatabaseScene } from './database-scene.js';

let scene: DatabaseScene;
let tree: SwappedTree;
let file: string;

async function begin(settings: SwapSettings): Promise<void> {
  scene = await createDatabaseScene(settings);
  ({ tree, file } = scene);
}

describe.each([false, true])('a rollback (as a whole: %s)', (swap) => {
  let original: string;
  beforeEach(async () => {
    await begin({ swap });
    scene.makeDatabase('wal');
    await tree.save('point');
    original = describeDatabase(file);
    rmSync(`${file}-shm`, { force: true });
    rmSync(`${file}-wal`, { force: true });
  });

  const content = () => {
    const elsewhere = createTemporaryDirectory();
    for (const name of scene.namesBeside()) copyFileSync(tree.path(`app/${name}`), join(elsewhere, name));
    return describeDatabase(join(elsewhere, 'data.db'));
  };

  it('takes the log that a crash has left with it, and both ways lead to what was there', async () => {
    await (await scene.openWriter()).kill();
    expect(scene.namesBeside()).toContain('data.db-wal');
    const changed = content();
    const { outcome, components } = await rollback(tree.session, 'point');
    expect([outcome, components[0]?.notes]).toEqual([
      'done',
      [expect.stringMatching(/^.*app\/data\.db is a database that programs have open/)],
    ]);
    expect(scene.namesBeside()).toEqual(['data.db', 'other']);
    expect(content()).toBe(original);
    expect((await undo(tree.session)).outcome).toBe('done');
    expect(content()).toBe(changed);
    expect((await redo(tree.session)).outcome).toBe('done');
    expect(content()).toBe(original);
    expect(scene.namesBeside()).toEqual(['data.db', 'other']);
  });

  it('leaves the log alone of a database that is as it was', async () => {
    const writer = openSqlite(file);
    await writer.ask(`PRAGMA wal_autocheckpoint = 0; ${ADD} DELETE FROM entries WHERE id > 2000;`);
    await tree.save('in-use');
    const log = readFileSync(`${file}-wal`);
    tree.write('app/other', 'changed');
    expect((await rollback(tree.session, 'in-use')).outcome).toBe('done');
    expect(readFileSync(tree.path('app/other'), 'utf8')).toBe('a file');
    expect(readFileSync(`${file}-wal`).equals(log)).toBe(true);
    expect(await writer.ask(COUNT)).toBe('2000');
    await writer.close();
  });

  it('is stopped by what others write to the log meanwhile', async () => {
    const writer = await scene.openWriter();
    let isDone = false;
    const meddle = atPhase('staging', () => {
      if (!isDone) sqlite(file, ADD);
      isDone = true;
    });
    await expect(rollback(tree.session, 'point', { onProgress: meddle })).rejects.toMatchObject({
      code: 'STEP_CONFLICT',
    });
    expect(await writer.ask(COUNT)).toBe('2004');
    await writer.close();
  });

  it('takes away a database that is new, with all that belongs to it', async () => {
    const other = tree.path('app/new.db');
    const writer = openSqlite(other);
    await writer.ask('PRAGMA journal_mode = wal; CREATE TABLE t (a); INSERT INTO t VALUES (1);');
    await writer.kill();
    expect(scene.namesBeside()).toContain('new.db-wal');
    await rollback(tree.session, 'point');
    expect(scene.namesBeside()).toEqual(['data.db', 'other']);
    await undo(tree.session);
    expect(sqlite(other, 'SELECT * FROM t;')).toBe('1');
  });
});

describe('a restore in place', () => {
  beforeEach(async () => {
    await begin({ swap: false });
    scene.makeDatabase('wal');
    await tree.save('point');
    await (await scene.openWriter()).kill();
  });

  it('of the file alone takes the log with it that belongs to what is replaced', async () => {
    const { components } = await restore(tree.session, 'point', { paths: [file] });
    expect(components[0]?.steps.map(({ do: what, path }) => `${what} ${path}`)).toEqual([
      'remove app/data.db-wal',
      'remove app/data.db-shm',
      'replace app/data.db',
    ]);
    expect(scene.namesBeside()).toEqual(['data.db', 'other']);
    expect(sqlite(file, `${CHECK} ${COUNT}`)).toBe('ok\n0\n2000');
  });

  it('of a file that is gone takes the log with it that was left', async () => {
    rmSync(file);
    await restore(tree.session, 'point');
    expect(scene.namesBeside()).toEqual(['data.db', 'other']);
    expect(sqlite(file, `${CHECK} ${COUNT}`)).toBe('ok\n0\n2000');
  });

  it('leaves files alone that are only called like a log', async () => {
    rmSync(`${file}-wal`);
    rmSync(`${file}-shm`);
    rmSync(file);
    tree.write('app/data.db-wal', 'notes');
    await restore(tree.session, 'point');
    expect(readFileSync(`${file}-wal`, 'utf8')).toBe('notes');
  });

  it('says in a dry run what goes', async () => {
    const names = scene.namesBeside();
    const { components } = await restore(tree.session, 'point', { paths: [file], dryRun: true });
    expect(components[0]?.steps).toHaveLength(3);
    expect(scene.namesBeside()).toEqual(names);
  });
});
