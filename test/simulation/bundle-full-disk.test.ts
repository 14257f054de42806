// Bundles on disks that have no room for them: nothing half remains, and where there is room, it can be repeated.
import { mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { createBundle } from '#src/bundle/create-bundle.js';
import { restoreBundle } from '#src/bundle/restore-bundle.js';
import { verifyBundle } from '#src/bundle/verify-bundle.js';
import { componentsOfPaths } from '#src/components.js';
import { listPoints } from '#src/list.js';
import { save } from '#src/save.js';
import { createSession, openSession, type Session } from '#src/session.js';
import { verify } from '#src/verify.js';
import { createRandom } from '../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

const BLOCK_BYTES = 4096;
const DISK_BYTES = 4 << 20;

let store: string;
let file: string;

beforeAll(async () => {
  const directory = createTemporaryDirectory({ lifetime: 'file' });
  store = join(directory, 'store');
  file = join(directory, 'good.bundle');
  const live = join(directory, 'live');
  const random = createRandom(11);
  mkdirSync(live);
  for (let number = 0; number < 20; number++) {
    writeFileSync(join(live, `file-${number}`), random.bytes(10_000));
  }
  writeFileSync(join(live, 'large'), random.bytes(1_200_000));
  const session = await createSession(store, 'sha256');
  await save(session, componentsOfPaths([live]), { name: 'one' });
  await createBundle(session, { target: file, points: ['one'] });
  await session.close();
});

/** A small disk of which only so many bytes are free. */
class SmallDisk {
  readonly directory = createTemporaryDirectory({ tmpfsSizeBytes: DISK_BYTES });

  fill(freeBytes: number): void {
    const { bavail } = statfsSync(this.directory);
    writeFileSync(join(this.directory, 'filler'), Buffer.alloc(bavail * BLOCK_BYTES - freeBytes));
  }

  makeRoom(): void {
    rmSync(join(this.directory, 'filler'));
  }
}

const filesIn = (session: Session, folder: string) => readdirSync(join(session.location, folder));

test('a store without room for a bundle has no point of it, and takes it in when there is room', async () => {
  const disk = new SmallDisk();
  const session = await createSession(join(disk.directory, 'store'), 'sha256');
  const seen = { full: 0, done: 0 };
  // From hardly any room to nearly enough, so that each stage is the one that fails.
  for (const freeBlocks of [0, 1, 2, 4, 40, 200, 300, 340, 345, 350, 355, 360, 365, 370]) {
    disk.fill(freeBlocks * BLOCK_BYTES);
    try {
      await restoreBundle(session, file);
      seen.done++;
    } catch (error) {
      expect(error, `${freeBlocks} blocks`).toMatchObject({ code: 'STORAGE_FULL' });
      seen.full++;
      expect(await listPoints(session)).toEqual([]);
    }
    disk.makeRoom();
    if (seen.done > 0) break;
    expect((await verify(session, { data: true })).problems).toEqual([]);
    expect(filesIn(session, 'tmp')).toEqual([]);
  }
  expect(seen.full).toBeGreaterThan(4);
  await restoreBundle(session, file);
  expect((await listPoints(session)).map(({ name }) => name)).toEqual(['one']);
  expect((await verify(session, { data: true })).problems).toEqual([]);
  await session.close();
});

test('a disk without room for a bundle keeps the file that was there, and nothing else', async () => {
  const disk = new SmallDisk();
  const session = await openSession({ store });
  const target = join(disk.directory, 'new.bundle');
  writeFileSync(target, 'what was there');
  for (const freeBlocks of [0, 1, 100, 340]) {
    disk.fill(freeBlocks * BLOCK_BYTES);
    const created = createBundle(session, { target, points: ['one'] });
    await expect(created, `${freeBlocks} blocks`).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    disk.makeRoom();
    expect(readFileSync(target, 'utf8')).toBe('what was there');
    expect(readdirSync(disk.directory)).toEqual(['new.bundle']);
  }
  await createBundle(session, { target, points: ['one'] });
  expect(await verifyBundle(target)).toMatchObject({ points: [{ name: 'one' }] });
  await session.close();
});
