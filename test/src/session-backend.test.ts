// A store in a backend that is passed in: what works on any store works on it, and what can't says so.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Volume } from 'memfs';
import { openSavepoint } from 'savepoint';
import { expect, test, vi } from 'vitest';
import { createMemoryBackend } from '#adapters/backends/memory-backend.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

function places() {
  const directory = createTemporaryDirectory();
  const project = join(directory, 'project');
  mkdirSync(join(project, 'd'), { recursive: true });
  writeFileSync(join(project, 'd/file'), 'one');
  const storage = new Volume();
  const open = (create = false) => openSavepoint({ backend: createMemoryBackend(storage), create });
  return { directory, project, open };
}

test('a store in a backend of one’s own is saved to, read, rolled back, tidied up, and opened again', async () => {
  const { directory, project, open } = places();
  const first = await open(true);
  expect(first.created).toBe(true);
  await first.save([project], { name: 'first' });
  writeFileSync(join(project, 'd/file'), 'two');
  await first.close();
  expect(existsSync(first.location)).toBe(false);

  const savepoint = await open();
  expect(savepoint.created).toBe(false);
  const { outcome } = await savepoint.rollback('first');
  expect([outcome, readFileSync(join(project, 'd/file'), 'utf8')]).toEqual(['done', 'one']);
  expect((await savepoint.undo()).outcome).toBe('done');
  expect(readFileSync(join(project, 'd/file'), 'utf8')).toBe('two');
  const volume = await savepoint.mountPoint('first', { component: 'project' });
  volume.writeFileSync('/d/file', 'three');
  await savepoint.commitVolume(volume, { name: 'third' });
  await savepoint.restore('third', { to: join(directory, 'restored') });
  expect(readFileSync(join(directory, 'restored/d/file'), 'utf8')).toBe('three');
  await savepoint.forget(['first']);
  await savepoint.gc();
  expect((await savepoint.verify({ data: true })).problems).toEqual([]);
  await savepoint.close();
  expect(existsSync(savepoint.location)).toBe(false);
  expect(readdirSync(directory).sort()).toEqual(['project', 'restored']);
});

test('what other processes have to find it for is refused', async () => {
  const { directory, project, open } = places();
  const savepoint = await open(true);
  await savepoint.save([project], { name: 'first' });
  const refusal = { code: 'UNSUPPORTED', message: expect.stringContaining('memory') };
  const guarded = savepoint.guard({ change: { command: ['true'] }, paths: [project] });
  await expect(guarded).rejects.toMatchObject(refusal);
  await expect(savepoint.mount(directory, { point: 'first' })).rejects.toMatchObject(refusal);
  await expect(savepoint.mountInBackground(directory)).rejects.toMatchObject(refusal);
  await savepoint.close();
});

test('a backend without a store is told of, and leaves nothing behind', async () => {
  const { directory, open } = places();
  const temporary = join(directory, 'temporary');
  mkdirSync(temporary);
  vi.stubEnv('TMPDIR', temporary);
  try {
    await expect(open()).rejects.toMatchObject({ code: 'STORE_NOT_FOUND' });
    expect(readdirSync(temporary)).toEqual([]);
  } finally {
    vi.unstubAllEnvs();
  }
});
