// The fixtures for vitest, in vitest.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSavepoint } from 'savepoint';
import { type SavepointContext, savepointFixture } from 'savepoint/vitest';
import { afterAll, test as base, beforeAll, describe, expect, vi } from 'vitest';
import { HeldReader } from '#store/held-reader.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const directory = createTemporaryDirectory({ lifetime: 'file' });
const store = join(directory, 'store');
const [app, other] = ['app', 'other'].map((name) => join(directory, name));

beforeAll(async () => {
  for (const path of [app, other]) mkdirSync(join(path, 'd'), { recursive: true });
  for (const path of ['app/d/file', 'other/d/x']) writeFileSync(join(directory, path), path);
  const savepoint = await openSavepoint({ store, create: true });
  await savepoint.save([app, other], { name: 'first' });
  writeFileSync(join(app, 'd/file'), 'changed');
  await savepoint.save([app, other], { name: 'second' });
  await savepoint.close();
});

const opens = vi.spyOn(HeldReader, 'open');
const left: string[] = [];
afterAll(() => {
  // One for each of the sets of fixtures below that were asked for a volume.
  expect(opens).toHaveBeenCalledTimes(3);
  expect(left).toHaveLength(3);
  expect(left.filter((path) => existsSync(path))).toEqual([]);
});

const withFirst = base.extend<SavepointContext>(savepointFixture({ store, point: 'first' }));
const withApp = base.extend<SavepointContext>(savepointFixture({ store, component: 'app' }));
const withPaths = base.extend<SavepointContext>(savepointFixture({ paths: [other] }));

describe('a point of a store', () => {
  for (const number of [1, 2]) {
    withFirst(`is new in test ${number}`, ({ volume, fs, point }) => {
      expect(point.name).toBe('first');
      expect(volume.readdirSync('/')).toEqual(['app', 'other']);
      expect(fs.readFileSync('/app/d/file', 'utf8')).toBe('app/d/file');
      fs.writeFileSync('/app/d/file', `written by ${number}`);
      fs.rmSync('/other', { recursive: true });
    });
  }

  withFirst('is in memory and on disk', async ({ fs, directory, savepoint, volume }) => {
    left.push(directory);
    expect(readdirSync(directory).sort()).toEqual(['app', 'other']);
    expect(readFileSync(join(directory, 'other/d/x'), 'utf8')).toBe('other/d/x');
    writeFileSync(join(directory, 'other/d/x'), 'changed');
    expect(await fs.promises.readFile('/other/d/x', 'utf8')).toBe('other/d/x');
    const changes: string[] = [];
    for await (const { path } of savepoint.diffVolume(volume)) changes.push(path);
    expect(changes).toEqual([]);
  });

  withFirst('is restored for each test that asks', ({ directory }) => {
    left.push(directory);
    expect(readFileSync(join(directory, 'other/d/x'), 'utf8')).toBe('other/d/x');
  });
});

describe('one component of the latest point', () => {
  withApp('is the root', ({ fs, directory }) => {
    left.push(directory);
    expect(fs.readFileSync('/d/file', 'utf8')).toBe('changed');
    expect(readFileSync(join(directory, 'd/file'), 'utf8')).toBe('changed');
  });
});

describe('paths', () => {
  withPaths('are saved for the tests of a file', ({ fs, savepoint }) => {
    left.push(...[savepoint.location].filter((path) => !existsSync(path)));
    expect(savepoint.location).not.toBe(store);
    expect(fs.readFileSync('/other/d/x', 'utf8')).toBe('other/d/x');
  });
});
