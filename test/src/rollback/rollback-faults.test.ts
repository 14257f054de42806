// Rollbacks that can't be: a disk that fills while they stage, a target that is read-only. Nothing has changed then, nothing
// is left behind, and the reason is told.
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { journal } from '#src/journal/journal.js';
import { recover } from '#src/rollback/recover.js';
import { rollback } from '#src/rollback/rollback.js';
import { save } from '#src/save.js';
import { createSession, type Session } from '#src/session.js';
import { SavepointError } from '#store/errors.js';
import { openOperationLog } from '#store/operations/operation-log.js';
import { atPhase } from '../../fixtures/rollback-process.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const MEBIBYTE = 1 << 20;

let session: Session;
let mount: string;
let root: string;
beforeEach(async () => {
  session = await createSession(join(createTemporaryDirectory(), 'store'), 'sha256');
  onTestFinished(() => session.close());
  mount = createTemporaryDirectory({ tmpfsSizeBytes: 8 * MEBIBYTE });
  root = join(mount, 'root');
  mkdirSync(root);
  writeFileSync(join(root, 'large'), Buffer.alloc(5 * MEBIBYTE, 'as it was'));
  writeFileSync(join(root, 'small'), 'as it was');
  await save(session, componentsOfPaths([root]), { name: 'point' });
  truncateSync(join(root, 'large'), 1);
  writeFileSync(join(root, 'small'), 'changed');
});

async function expectUntouched(): Promise<void> {
  expect([readFileSync(join(root, 'small'), 'utf8'), readFileSync(join(root, 'large'), 'utf8')]).toEqual([
    'changed',
    'a',
  ]);
  expect(readdirSync(root).filter((name) => name.startsWith('.savepoint-'))).toEqual([]);
  expect(await journal.read(session.store)).toBeUndefined();
  expect(await recover(session)).toEqual({ did: 'nothing' });
  const entries = await openOperationLog(session.store).read();
  expect(entries.at(-1)).toMatchObject({ kind: 'rollback', outcome: 'failed', message: expect.anything() });
}

describe('a rollback', () => {
  it('that fills the disk while it stages changes nothing, and can be repeated when there is room', async () => {
    const filler = join(mount, 'filler');
    const fill = atPhase('staging', () => {
      expect(() => writeFileSync(filler, Buffer.alloc(8 * MEBIBYTE))).toThrow('ENOSPC');
    });
    await expect(rollback(session, 'point', { onProgress: fill })).rejects.toMatchObject({
      code: 'STORAGE_FULL',
    });
    await expectUntouched();
    truncateSync(filler, 0);
    expect(await rollback(session, 'point')).toMatchObject({ outcome: 'done' });
    expect(readFileSync(join(root, 'small'), 'utf8')).toBe('as it was');
  });

  it('of a target that is read-only is refused, and says so', async () => {
    runTool('mount', ['-o', 'remount,ro', mount]);
    const refused = expect(rollback(session, 'point')).rejects;
    await refused.toMatchObject({ message: expect.stringMatching(/read-only|EROFS|can't be written/) });
    runTool('mount', ['-o', 'remount,rw', mount]);
    await expectUntouched();
    expect(await rollback(session, 'point')).toMatchObject({ outcome: 'done' });
  });

  it('that fails behind its decision is finished by a recovery in the same process', async () => {
    vi.spyOn(journal, 'clear').mockRejectedValueOnce(new SavepointError('STORAGE_FAILED', 'out of reach'));
    onTestFinished(() => void vi.restoreAllMocks());
    await expect(rollback(session, 'point')).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    await expect(rollback(session, 'point')).rejects.toMatchObject({ code: 'RECOVERY_NEEDED' });
    vi.spyOn(journal, 'clear').mockRejectedValueOnce(new SavepointError('STORAGE_FAILED', 'out of reach'));
    await expect(recover(session)).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    expect(await recover(session)).toMatchObject({ did: 'tidied' });
    expect(readFileSync(join(root, 'small'), 'utf8')).toBe('as it was');
  });
});
