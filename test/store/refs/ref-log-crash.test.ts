// A crash, or a storage failure, at every single backend call of an update: the refs are the old or the new ones.

import { beforeAll, describe, expect, it } from 'vitest';
import { createMemoryBackend } from '#adapters/backends/memory-backend.js';
import type { Backend } from '#store/backend.js';
import { SavepointError } from '#store/errors.js';
import { openRefLog } from '#store/refs/ref-log.js';
import { verifyRefLog } from '#store/refs/verify-ref-log.js';
import { CONTEXT, copyRefFiles, idOf, interceptBackend, numbersOf } from './ref-log-fixture.js';

/** The transaction to be interrupted: an ordinary one, the first snapshot, and one that compacts. */
const INTERRUPTED = [10, 64, 192];
const CHANGES = [
  { name: 'points/1', expected: idOf(1), value: undefined },
  { name: 'points/2', expected: idOf(2), value: idOf(1002) },
  { name: 'points/new', expected: undefined, value: idOf(1003) },
];

const prepared = new Map<number, Backend>();
beforeAll(async () => {
  const backend = createMemoryBackend();
  const log = openRefLog({ backend, ...CONTEXT });
  for (let sequence = 1; sequence < 192; sequence++) {
    await log.update([{ name: `points/${sequence}`, expected: undefined, value: idOf(sequence) }]);
    if (INTERRUPTED.includes(sequence + 1)) prepared.set(sequence + 1, await copyRefFiles(backend));
  }
});

interface Interruption {
  readonly at: number;
  readonly moment: 'before' | 'after';
  /** Whether every later call fails as well. */
  readonly isForGood: boolean;
  readonly error: Error;
}

function interrupt(backend: Backend, { at, moment, isForGood, error }: Interruption) {
  let calls = 0;
  const fail = (reached: 'before' | 'after') => () => {
    if (reached === 'before') calls++;
    if ((reached === moment && calls === at) || (isForGood && calls > at)) throw error;
  };
  return {
    backend: interceptBackend(backend, { before: fail('before'), after: fail('after') }),
    wasReached: () => calls >= at,
  };
}

/** Updates with each interruption in turn, until one comes after the last call. Counts what came of it. */
async function interruptEverywhere(sequence: number, how: Omit<Interruption, 'at'>) {
  const counts = { old: 0, new: 0, failed: 0 };
  const before = numbersOf(await openRefLog({ backend: prepared.get(sequence)!, ...CONTEXT }).read());
  const { 'points/1': _, ...others } = before;
  const after = { ...others, 'points/2': 1002, 'points/new': 1003 };
  for (let at = 1; ; at++) {
    const backend = await copyRefFiles(prepared.get(sequence)!);
    const interrupted = interrupt(backend, { ...how, at });
    const log = openRefLog({ backend: interrupted.backend, ...CONTEXT });
    const failure = await log.update(CHANGES).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!interrupted.wasReached()) return counts;
    const survivor = openRefLog({ backend, ...CONTEXT });
    const state = await survivor.read();
    const isNew = state.sequence === sequence;
    expect(state.sequence).toBe(isNew ? sequence : sequence - 1);
    expect(numbersOf(state), `call ${at}`).toEqual(isNew ? after : before);
    expect(await verifyRefLog({ backend, ...CONTEXT })).toEqual([]);
    if (failure === undefined) expect(isNew).toBe(true);
    else expect(failure).toBe(how.error);
    counts[isNew ? 'new' : 'old']++;
    if (failure !== undefined) counts.failed++;
    await survivor.update([{ name: 'points/after', expected: undefined, value: idOf(5) }]);
    if (!how.isForGood)
      expect(numbersOf(await log.read())).toEqual({ ...numbersOf(state), 'points/after': 5 });
  }
}

describe.each(INTERRUPTED)('an update, the log’s number %i, interrupted at every call', (sequence) => {
  it.each(['before', 'after'] as const)('by a crash %s it, is made or not made', async (moment) => {
    const error = new Error('the process is dead');
    const counts = await interruptEverywhere(sequence, { moment, isForGood: true, error });
    expect(counts.old).toBeGreaterThan(0);
    expect(counts.new).toBeGreaterThan(0);
    expect(counts.failed).toBe(counts.old + counts.new);
  });

  it.each(['before', 'after'] as const)(
    'by a failure %s it, is made wherever it reports success',
    async (moment) => {
      const error = new SavepointError('STORAGE_FAILED', 'A passing failure.');
      const counts = await interruptEverywhere(sequence, { moment, isForGood: false, error });
      expect(counts.old).toBeGreaterThan(0);
      expect(counts.new).toBeGreaterThan(0);
      if (sequence % 64 === 0) expect(counts.failed).toBeLessThan(counts.old + counts.new);
    },
  );
});
