// The records of guarded changes: of two processes that want different things one gets its way, and what is over stays so.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { guardJournal } from '#src/guard/guard-journal.js';
import type { GuardPhase } from '#src/guard/guard-record.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';
import { SAMPLE_GUARD } from '../../golden/operation-samples.js';

let tree: SavedTree;
beforeEach(async () => {
  tree = await createSavedTree();
});

const begin = (number: number) => ({
  ...SAMPLE_GUARD,
  number,
  id: String(number).repeat(32) as typeof SAMPLE_GUARD.id,
});
const trial: GuardPhase = { state: 'trial' };
const reverting: GuardPhase = { state: 'reverting', trigger: 'manual', reason: 'called off' };

async function armed(number: number) {
  expect(await guardJournal.arm(tree.session, begin(number))).toBe(true);
  const guarded = await guardJournal.read(tree.session);
  if (guarded === undefined) throw new Error('nothing is armed');
  return guarded;
}

describe('a state', () => {
  it('follows another one once, however many want it to', async () => {
    const guarded = await armed(1);
    const answers = await Promise.all(
      [trial, reverting, trial, reverting].map((phase) => guardJournal.advance(tree.session, guarded, phase)),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect((await guardJournal.read(tree.session))?.last.number).toBe(1);
  });

  it('of a change that is over is not brought back when another one has been armed since', async () => {
    const stale = await armed(1);
    await armed(2);
    expect(await guardJournal.advance(tree.session, stale, { state: 'confirmed' })).toBe(false);
    expect(tree.stored('packs')).toEqual([]);
    expect((await guardJournal.read(tree.session))?.begin.number).toBe(2);
    expect(await guardJournal.readState(tree.session, stale.begin)).toBeUndefined();
    const names = await tree.session.store.backend.list('guard');
    expect(names.map(({ name }) => name)).toEqual(['guard/000002-begin.json']);
  });
});

describe('a claim', () => {
  it('is one process alone that has it, however many reach for it at once', async () => {
    await armed(1);
    const claims = await Promise.all(
      [1, 1, 1, 1].map((number) => guardJournal.claimLog(tree.session, begin(number))),
    );
    expect(claims.filter((each) => each !== undefined)).toMatchObject([{ isFirst: true }]);
  });
});

describe('a change', () => {
  it('is armed by one of many under the same number', async () => {
    const answers = await Promise.all(
      [1, 1, 1].map((number) => guardJournal.arm(tree.session, begin(number))),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  it('whose records are out of sight is not taken for one that is over', async () => {
    const guarded = await armed(1);
    rmSync(join(tree.session.location, 'guard'), { recursive: true });
    await expect(guardJournal.readState(tree.session, guarded.begin)).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
    });
  });

  it('without its first record is damaged, and nobody looks for that for ever', async () => {
    const guarded = await armed(1);
    await guardJournal.advance(tree.session, guarded, trial);
    rmSync(join(tree.session.location, 'guard/000001-begin.json'));
    await expect(guardJournal.read(tree.session)).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
  });

  it('is watched by one process, as long as that lives', async () => {
    const { begin: first } = await armed(1);
    expect(await guardJournal.isWatched(tree.session, first)).toBe(false);
    expect(await guardJournal.watch(tree.session, first)).toBeDefined();
    expect(await guardJournal.isWatched(tree.session, first)).toBe(true);
    expect(await guardJournal.watch(tree.session, first)).toBeUndefined();
  });
});
