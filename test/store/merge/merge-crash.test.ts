// A merge that is interrupted at any call, for good: whatever was saved is still there, and the next save goes on.
import { describe, expect, it } from 'vitest';
import { openSoundIndex } from '#store/index/open-sound-index.js';
import { verifySegments } from '#store/verify/verify-index.js';
import { verifyPacks } from '#store/verify/verify-packs.js';
import { createMapBackend, type StoredBytes } from '../map-backend.js';
import { observeBackend } from '../observe-backend.js';
import { emptyStore, findLost, openOn, saveSmall, sourceOn } from './saved-store.js';

/** With one save more, there are 16 packs. */
const SAVES = 7;
const saved = (async () => {
  const files = emptyStore();
  const store = await openOn(createMapBackend(files));
  for (let number = 0; number < SAVES; number++) await saveSmall(store, number);
  return files;
})();

/** A backend for which the world ends at call number `at`, before or after it. */
function mortal(files: StoredBytes, at: number, moment: 'before' | 'after') {
  let calls = 0;
  const die = (isDue: boolean) => {
    if (isDue) throw new Error('the process is dead');
  };
  const hooks = {
    before: () => die(++calls > at || (calls === at && moment === 'before')),
    after: () => die(calls === at && moment === 'after'),
  };
  return { backend: observeBackend(createMapBackend(files), hooks), hasDied: () => calls >= at };
}

async function findProblems(files: StoredBytes): Promise<unknown[]> {
  const source = sourceOn(files);
  const { index, unsound } = await openSoundIndex(source);
  const { problems } = await verifyPacks(source, index, { data: true });
  return [...problems, ...(await verifySegments(source, index)), ...index.state.problems, ...unsound];
}

describe('a save that merges', () => {
  it.each(['before', 'after'] as const)(
    'loses nothing where it dies %s any of its calls, and is made up for by the next one',
    async (moment) => {
      const outcomes = { interrupted: 0, merged: 0 };
      for (let at = 1; ; at++) {
        const files = new Map(await saved);
        const { backend, hasDied } = mortal(files, at, moment);
        const attempt = openOn(backend).then((store) => saveSmall(store, SAVES));
        const failure = await attempt.catch((error: unknown) => error);
        if (!hasDied()) {
          expect(failure).toBeUndefined();
          expect([...files.keys()].filter((name) => name.startsWith('packs/'))).toHaveLength(2);
          break;
        }
        const before = [...Array(SAVES).keys()];
        expect(await findLost(sourceOn(files), before), `call ${at}`).toEqual([]);
        expect(await findProblems(files), `call ${at}`).toEqual([]);
        outcomes[failure === undefined ? 'merged' : 'interrupted']++;
        await saveSmall(await openOn(createMapBackend(files)), SAVES);
        expect(await findLost(sourceOn(files), [...before, SAVES]), `call ${at}`).toEqual([]);
        expect(await findProblems(files), `call ${at}`).toEqual([]);
      }
      expect(outcomes.interrupted).toBeGreaterThan(80);
    },
  );
});
