// What a rollback must not make worse, and that one that had to be taken back is not tried again by itself.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PatientHealthCheck } from '#src/health/wait-for-health.js';
import { emergencyRollback } from '#src/rollback/emergency.js';
import { rollback } from '#src/rollback/rollback.js';
import { undo } from '#src/rollback/undo.js';
import { openOperationLog } from '#store/operations/operation-log.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';

let tree: SavedTree;
beforeEach(async () => {
  tree = await createSavedTree();
  tree.write('file', 'good');
  await tree.save('good');
  tree.write('file', 'bad');
  await tree.save('bad');
  tree.write('file', 'now');
});

const content = () => readFileSync(join(tree.root, 'file'), 'utf8');

/** Holds while the file has none of `contents`. */
function checkAgainst(...contents: string[]): PatientHealthCheck {
  const look = async () => (contents.includes(content()) ? `the file is ${content()}` : true);
  return {
    probe: { kind: 'function', name: 'file', look },
    ...{ required: true, intervalMs: 5, timeoutMs: 5000, deadlineMs: 30 },
  };
}

describe('a rollback', () => {
  it('that makes a check fail which held before is taken back', async () => {
    const result = await rollback(tree.session, 'bad', { health: [checkAgainst('bad')] });
    expect(result).toMatchObject({
      outcome: 'reverted',
      message: 'the system is not well: function file the file is bad',
      health: { level: 'unhealthy' },
    });
    expect(content()).toBe('now');
  });

  it('stays where a check fails that failed before, and says so', async () => {
    const result = await rollback(tree.session, 'bad', { health: [checkAgainst('now', 'bad')] });
    expect(result).toMatchObject({ outcome: 'done', health: { level: 'unhealthy' } });
    expect(content()).toBe('bad');
  });

  it('stays where only a check fails that is not required', async () => {
    const check = { ...checkAgainst('bad'), required: false };
    const result = await rollback(tree.session, 'bad', { health: [check] });
    expect(result).toMatchObject({ outcome: 'done', health: { level: 'degraded' } });
  });

  it('is well once a check that fails at first comes to hold', async () => {
    let looks = 0;
    const look = async () => ++looks !== 2;
    const check = {
      ...checkAgainst(),
      probe: { kind: 'function', name: 'late', look } as const,
      deadlineMs: 5000,
    };
    expect(await rollback(tree.session, 'bad', { health: [check] })).toMatchObject({ outcome: 'done' });
    expect(looks).toBe(3);
  });

  it('that had to be taken back is refused the next time, unless it is forced, and so is one to an equal point', async () => {
    await rollback(tree.session, 'bad', { health: [checkAgainst('bad')] });
    await expect(rollback(tree.session, 'bad')).rejects.toMatchObject({ code: 'QUARANTINED' });
    expect(content()).toBe('now');
    expect(await rollback(tree.session, 'bad', { force: true })).toMatchObject({ outcome: 'done' });
    await tree.save('equal');
    await undo(tree.session);
    expect(content()).toBe('now');
    // It was reached since, and was well.
    expect(await rollback(tree.session, 'equal')).toMatchObject({ outcome: 'done' });
  });

  it('in an emergency passes over a point to which it had to be taken back', async () => {
    await rollback(tree.session, 'bad', { health: [checkAgainst('bad')] });
    expect(await emergencyRollback(tree.session)).toMatchObject({ point: { name: 'good' }, outcome: 'done' });
    expect(content()).toBe('good');
  });

  it('that is undone is neither checked nor kept from being undone', async () => {
    await rollback(tree.session, 'good');
    expect(await undo(tree.session, { health: [checkAgainst('now')] })).toMatchObject({ outcome: 'done' });
    expect(content()).toBe('now');
    const entries = await openOperationLog(tree.session.store).read();
    expect(entries.at(-1)?.fingerprint).toBeUndefined();
  });
});
