// What an operator may run into: full disks, read-only stores, newer formats, files that can't be read, names that are
// not there. Each fails with a stable code, says what it is about, and loses nothing.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createNodePlatform } from '#adapters/node/node-platform.js';
import { componentsOfPaths } from '#src/components.js';
import { listPoints } from '#src/list.js';
import { restore } from '#src/restore.js';
import { save } from '#src/save.js';
import { createSession, openSession, type Session } from '#src/session.js';
import { verify } from '#src/verify.js';
import { encodePackHeader } from '#store/pack/pack-format.js';
import { encodeSettings, parseSettings, type StoreSettings } from '#store/store-settings.js';
import { expectSameTree } from '../fixtures/compare-trees.js';
import { describeTree } from '../fixtures/describe-tree.js';
import { runTool } from '../fixtures/run-tool.js';
import { createRandom } from '../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { RequestedProcess } from './requested-process.js';

const MEBIBYTE = 1 << 20;
const random = createRandom('bad input');

let directory: string;
let live: string;

beforeEach(() => {
  directory = createTemporaryDirectory();
  live = join(directory, 'live');
  mkdirSync(join(live, 'folder'), { recursive: true });
  writeFileSync(join(live, 'folder/first'), 'the first');
  writeFileSync(join(live, 'folder/second'), 'the second');
});

async function createStore(location = join(directory, 'store')): Promise<Session> {
  const session = await createSession(location, 'sha256');
  onTestFinished(() => session.close());
  return session;
}

const saveLive = (session: Session, name: string) => save(session, componentsOfPaths([live]), { name });
const namesOf = async (session: Session) => (await listPoints(session)).map(({ name }) => name);

describe('a newer format', () => {
  it('of a store is refused', async () => {
    const { location } = await createStore();
    const platform = await createNodePlatform();
    for (const file of ['store.json', 'store.copy.json']) {
      const path = join(location, file);
      const settings = parseSettings(platform, readFileSync(path), location);
      writeFileSync(path, encodeSettings(platform, { ...settings, format: 2, news: true } as StoreSettings));
    }
    const expected = { code: 'STORE_NEWER', fields: { location, found: 2, expected: 1 } };
    await expect(openSession({ store: location })).rejects.toMatchObject(expected);
    await expect(openSession({ store: location, create: true })).rejects.toMatchObject(expected);
    await expect(createSession(location, 'sha256')).rejects.toMatchObject({ code: 'STORE_EXISTS' });
  });

  it('of a pack is reported, and nothing in it is lost', async () => {
    const session = await createStore();
    await saveLive(session, 'point');
    const platform = await createNodePlatform();
    for (const name of readdirSync(join(session.location, 'packs'))) {
      const path = join(session.location, 'packs', name);
      const bytes = readFileSync(path);
      const header = Buffer.from(encodePackHeader(platform, 'sha256', 'data'));
      header.writeUInt16LE(2, 8);
      header.writeUInt32LE(platform.crc32(header.subarray(0, 12)), 12);
      header.copy(bytes);
      writeFileSync(path, bytes);
    }
    const { problems } = await verify(session);
    expect(problems.map(({ code }) => code)).toEqual(problems.map(() => 'STORE_NEWER'));
    expect(problems.length).toBeGreaterThan(1);
    const before = describeTree(session.location);
    await verify(session, { repair: true });
    for (const [path, { content }] of before) {
      const isPack = path.startsWith('packs/');
      if (isPack) expect(describeTree(session.location).get(path)?.content, path).toBe(content);
    }
  });
});

describe('a full disk', () => {
  it('fails a save, which leaves no trace; with room again, all is well', async () => {
    const disk = createTemporaryDirectory({ tmpfsSizeBytes: 12 * MEBIBYTE });
    const session = await createStore(join(disk, 'store'));
    await saveLive(session, 'before');
    for (let i = 0; i < 30; i++) writeFileSync(join(live, `noise-${i}`), random.bytes(MEBIBYTE));
    for (const attempt of ['one', 'two']) {
      await expect(saveLive(session, attempt)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
      expect(await namesOf(session)).toEqual(['before']);
      expect(readdirSync(join(session.location, 'tmp'))).toEqual([]);
      expect((await verify(session, { data: true })).problems).toEqual([]);
    }
    runTool('mount', ['-o', `remount,size=${64 * MEBIBYTE}`, disk]);
    await saveLive(session, 'after');
    expect(await namesOf(session)).toEqual(['before', 'after']);
    expect((await verify(session, { data: true })).problems).toEqual([]);
    await restore(session, 'after', { to: join(directory, 'restored') });
    expectSameTree(live, join(directory, 'restored'));
  });

  it('fails a restore, which changes nothing', async () => {
    const session = await createStore();
    for (let i = 0; i < 8; i++) writeFileSync(join(live, `noise-${i}`), random.bytes(MEBIBYTE));
    writeFileSync(join(live, 'large'), random.bytes(3 * MEBIBYTE));
    await saveLive(session, 'point');
    const target = createTemporaryDirectory({ tmpfsSizeBytes: 6 * MEBIBYTE });
    mkdirSync(join(target, 'folder'));
    writeFileSync(join(target, 'folder/first'), 'another first');
    writeFileSync(join(target, 'own'), 'of the target');
    const before = describeTree(target);
    const done = restore(session, 'point', { to: target, delete: true });
    await expect(done).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(describeTree(target)).toEqual(before);
    runTool('mount', ['-o', `remount,size=${64 * MEBIBYTE}`, target]);
    await restore(session, 'point', { to: target, delete: true });
    expectSameTree(live, target);
  });
});

it('a read-only store can be looked at, verified and restored from, and is not changed', async () => {
  const writable = await createStore();
  await saveLive(writable, 'point');
  const location = join(directory, 'read-only');
  mkdirSync(location);
  runTool('mount', ['--bind', writable.location, location]);
  runTool('mount', ['-o', 'remount,bind,ro', location]);
  const session = await openSession({ store: location, create: true });
  onTestFinished(() => session.close());
  expect(await namesOf(session)).toEqual(['point']);
  expect((await verify(session, { data: true })).problems).toEqual([]);
  await restore(session, 'point', { to: join(directory, 'restored') });
  expectSameTree(live, join(directory, 'restored'));
  await expect(saveLive(session, 'another')).rejects.toMatchObject({ code: 'STORE_READ_ONLY' });
  await expect(createSession(join(location, 'inside'), 'sha256')).rejects.toMatchObject({
    code: 'STORE_READ_ONLY',
  });
  expect(await namesOf(session)).toEqual(['point']);
});

it('files and directories without permission are named, and the rest is saved', async () => {
  const { location } = await createStore();
  // Not even root may read what is not its own without these.
  const deprived = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'];
  const process = RequestedProcess.start(deprived);
  onTestFinished(() => process.stop());
  writeFileSync(join(live, 'secret'), 'not for all', { mode: 0o600 });
  mkdirSync(join(live, 'closed'), { mode: 0o700 });
  writeFileSync(join(live, 'closed/inside'), 'not seen');
  for (const path of ['secret', 'closed']) runTool('chown', ['4242:4242', join(live, path)]);
  const { result, error } = await process.answer({
    do: 'save',
    store: location,
    paths: [live],
    name: 'point',
  });
  expect(error).toBeUndefined();
  expect(result?.problems).toEqual(
    ['closed', 'secret'].map((name) => {
      const path = join(live, name);
      return { component: 'live', path, code: 'EACCES', message: 'permission denied' };
    }),
  );
  const session = await openSession({ store: location });
  onTestFinished(() => session.close());
  expect(await listPoints(session)).toMatchObject([{ name: 'point', complete: false }]);
  await restore(session, 'point', { to: join(directory, 'restored') });
  expect(readdirSync(join(directory, 'restored')).sort()).toEqual(['closed', 'folder']);
  expect(readFileSync(join(directory, 'restored/folder/first'), 'utf8')).toBe('the first');
  // What could not be saved is no file that the point does not have.
  rmSync(join(live, 'folder/first'));
  await restore(session, 'point', { delete: true });
  expect(readFileSync(join(live, 'closed/inside'), 'utf8')).toBe('not seen');
  expect(readFileSync(join(live, 'secret'), 'utf8')).toBe('not for all');
  expect(readFileSync(join(live, 'folder/first'), 'utf8')).toBe('the first');
});

describe('a wrong name', () => {
  it('of a point is answered with the nearest ones', async () => {
    const session = await createStore();
    for (const name of ['before-upgrade', 'after-upgrade', 'other']) await saveLive(session, name);
    const wrong = (point: string) => restore(session, point, { to: join(directory, 'nowhere') });
    await expect(wrong('befor-upgrade')).rejects.toMatchObject({
      code: 'POINT_NOT_FOUND',
      message: expect.stringContaining('before-upgrade'),
      fields: { point: 'befor-upgrade', nearest: ['before-upgrade', 'after-upgrade'] },
    });
    await expect(wrong('upgrade')).rejects.toMatchObject({
      fields: { nearest: expect.arrayContaining(['before-upgrade', 'after-upgrade']) },
    });
    await expect(wrong('latest~3')).rejects.toMatchObject({ code: 'POINT_NOT_FOUND' });
    await expect(wrong('lastest')).rejects.toMatchObject({ fields: { nearest: ['latest'] } });
    expect(readdirSync(directory).sort()).toEqual(['live', 'store']);
  });

  it('of a path or component is answered with the nearest ones, and nothing is restored', async () => {
    const session = await createStore();
    await saveLive(session, 'point');
    const to = join(directory, 'nowhere');
    const wrong = (path: string) => restore(session, 'point', { paths: ['live:folder/first', path], to });
    await expect(wrong('live:folder/frist')).rejects.toMatchObject({
      code: 'PATH_NOT_FOUND',
      fields: { path: 'live:folder/frist', nearest: ['first'] },
    });
    await expect(wrong('live:flder/first')).rejects.toMatchObject({ fields: { nearest: ['folder'] } });
    await expect(wrong(join(live, 'folder/secnd'))).rejects.toMatchObject({
      fields: { nearest: ['second'] },
    });
    await expect(wrong('live:folder/first/below')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
    await expect(wrong('/somewhere/else')).rejects.toMatchObject({
      code: 'PATH_NOT_FOUND',
      fields: { origins: [live] },
    });
    await expect(wrong('lvie:folder')).rejects.toMatchObject({
      code: 'COMPONENT_NOT_FOUND',
      fields: { component: 'lvie', nearest: ['live'] },
    });
    expect(readdirSync(directory).sort()).toEqual(['live', 'store']);
  });

  it('of a path to save makes no point', async () => {
    const session = await createStore();
    const missing = join(directory, 'missing');
    expect(() => componentsOfPaths([live, missing])).toThrow(
      expect.objectContaining({ code: 'PATH_NOT_FOUND', fields: { path: missing } }),
    );
    for (const name of ['latest', 'latest~1', 'live', 'a b', 'a:b', '../x', '']) {
      await expect(saveLive(session, name), name).rejects.toMatchObject({ code: 'INVALID_NAME' });
    }
    expect(await namesOf(session)).toEqual([]);
  });
});
