// A process held up at any call while others make hundreds of transactions and compact the log under it.

import { describe, expect, it } from 'vitest';
import { createMemoryBackend } from '#adapters/backends/memory-backend.js';
import type { Backend } from '#store/backend.js';
import { openRefLog, type RefLog, type RefState } from '#store/refs/ref-log.js';
import { verifyRefLog } from '#store/refs/verify-ref-log.js';
import {
  type BackendCall,
  CONTEXT,
  copyRefFiles,
  idOf,
  interceptBackend,
  numbersOf,
} from './ref-log-fixture.js';

const openOn = (backend: Backend) => openRefLog({ backend, ...CONTEXT });
const create = (log: RefLog, name: string, number: number) =>
  log.update([{ name, expected: undefined, value: idOf(number) }]);

/** Moves one ref `times` times. */
async function bustle(log: RefLog, times: number): Promise<void> {
  let expected = (await log.read()).refs.get('points/bustle')?.id;
  for (let i = 1; i <= times; i++) {
    await log.update([{ name: 'points/bustle', expected, value: idOf(i) }]);
    expected = idOf(i);
  }
}

/** A log with 100 transactions. */
const hundred = (async () => {
  const backend = createMemoryBackend();
  await bustle(openOn(backend), 100);
  return backend;
})();

interface Delayed {
  readonly log: RefLog;
  /** From now on, runs `meanwhile` at the call of this number: before it, or after it and before its answer. */
  delay(at: number, moment: 'before' | 'after', meanwhile: () => Promise<void>): void;
  /** Ends that. */
  hurry(): void;
  /** The calls since the last `delay`. */
  readonly calls: BackendCall[];
}

function openDelayed(backend: Backend): Delayed {
  const calls: BackendCall[] = [];
  let hook = async (_moment: 'before' | 'after', _at: number) => {};
  const slow = interceptBackend(backend, {
    before: async (call) => {
      calls.push(call);
      await hook('before', calls.length);
    },
    after: () => hook('after', calls.length),
  });
  const delay: Delayed['delay'] = (at, moment, meanwhile) => {
    calls.length = 0;
    hook = async (reached, number) => {
      if (reached !== moment || number !== at) return;
      hook = async () => {};
      await meanwhile();
    };
  };
  const hurry = () => {
    hook = async () => {};
  };
  return { log: openOn(slow), delay, hurry, calls };
}

const MOMENTS = ['before', 'after'] as const;
/** SAVEPOINT_TEST_ALL takes more. */
const TRAFFIC = process.env['SAVEPOINT_TEST_ALL'] === undefined ? [1, 130] : [1, 64, 130, 200];

describe.each(MOMENTS)('an update that is held up %s any of its calls', (moment) => {
  it.each(TRAFFIC)('for %i transactions is made exactly once', async (traffic) => {
    let wasHeldUp = true;
    for (let at = 1; wasHeldUp; at++) {
      wasHeldUp = false;
      const backend = await copyRefFiles(await hundred);
      const delayed = openDelayed(backend);
      await delayed.log.read();
      delayed.delay(at, moment, async () => {
        wasHeldUp = true;
        await bustle(openOn(backend), traffic);
      });
      const state = await create(delayed.log, 'points/slow', 7);
      delayed.hurry();
      expect(numbersOf(state)['points/slow']).toBe(7);
      const end = await openOn(backend).read();
      expect(numbersOf(end)['points/slow'], `held up at call ${at}`).toBe(7);
      expect(end.sequence).toBe(101 + (wasHeldUp ? traffic : 0));
      expect(numbersOf(await delayed.log.read())).toEqual(numbersOf(end));
      expect(await verifyRefLog({ backend, ...CONTEXT })).toEqual([]);
      await bustle(delayed.log, 130);
      expect((await backend.list('refs')).length).toBeLessThan(64 * 3 + 2);
    }
  });

  it.each(TRAFFIC)(
    'while another makes the same ref among %i transactions: one of the two wins',
    async (traffic) => {
      let wasHeldUp = true;
      const winners = new Set<string>();
      for (let at = 1; wasHeldUp; at++) {
        wasHeldUp = false;
        const backend = createMemoryBackend();
        const delayed = openDelayed(backend);
        await bustle(delayed.log, 100);
        const won: number[] = [];
        const rival = openOn(backend);
        const race = (winner: number) => (log: RefLog) =>
          create(log, 'points/wanted', winner).then(
            () => won.push(winner),
            (error: unknown) => expect(error).toMatchObject({ code: 'REF_MOVED' }),
          );
        delayed.delay(at, moment, async () => {
          wasHeldUp = true;
          await bustle(rival, Math.floor(traffic / 2));
          await race(2)(rival);
          await bustle(rival, Math.ceil(traffic / 2));
        });
        await race(1)(delayed.log);
        expect(won, `held up at call ${at}`).toHaveLength(1);
        expect(numbersOf(await openOn(backend).read())['points/wanted']).toBe(won[0]);
        winners.add(String(won[0]));
      }
      expect([...winners].sort()).toEqual(['1', '2']);
    },
  );
});

describe('a void claim', () => {
  /** Claims a number in the past: its writer knew state 100 and was held up for 200 transactions. */
  async function claimInVain(): Promise<{
    backend: Backend;
    whileVoid: RefState;
    before: string[];
    after: string[];
  }> {
    const backend = await copyRefFiles(await hundred);
    const delayed = openDelayed(backend);
    const stale = openOn(backend);
    await delayed.log.read();
    const names = async () => (await backend.list('refs')).map((file) => file.name);
    let before: string[] = [];
    let whileVoid = await stale.read();
    delayed.delay(3, 'before', async () => {
      expect(delayed.calls.map((call) => call.method)).toEqual(['size', 'size', 'createExclusive']);
      await bustle(openOn(backend), 200);
      before = await names();
      delayed.delay(1, 'before', async () => {
        expect(await names()).toEqual(['refs/0000000101.tx', ...before]);
        whileVoid = await stale.read();
      });
    });
    await create(delayed.log, 'points/slow', 7);
    return { backend, whileVoid, before, after: await names() };
  }

  it('is no part of any state, not even for a reader as stale as its writer', async () => {
    const { whileVoid } = await claimInVain();
    expect(whileVoid.sequence).toBe(300);
    expect(numbersOf(whileVoid)).toEqual({ 'points/bustle': 200 });
  });

  it('is removed by its writer, who then makes the change under a number that counts', async () => {
    const { backend, before, after } = await claimInVain();
    expect(after).toEqual([...before, 'refs/0000000301.tx'].sort());
    expect(numbersOf(await openOn(backend).read())).toEqual({ 'points/bustle': 200, 'points/slow': 7 });
  });

  it('is told from a good one also where the compaction has removed that number and none after it yet', async () => {
    const backend = await copyRefFiles(await hundred);
    const delayed = openDelayed(backend);
    const stale = openOn(backend);
    await delayed.log.read();
    await stale.read();
    const [removed, goOn] = [createSignal(), createSignal()];
    const rival = interceptBackend(backend, {
      after: async ({ method, name }) => {
        if (method !== 'remove' || name !== 'refs/0000000101.tx') return;
        removed.give();
        await goOn.given;
      },
    });
    let bustling: Promise<void> | undefined;
    let whileVoid: RefState | undefined;
    delayed.delay(3, 'before', async () => {
      bustling = bustle(openOn(rival), 200);
      await removed.given;
      delayed.delay(1, 'before', async () => {
        whileVoid = await stale.read();
      });
    });
    const state = await create(delayed.log, 'points/slow', 7);
    expect(whileVoid && numbersOf(whileVoid)).toEqual({ 'points/bustle': 92 });
    expect(state.sequence).toBe(193);
    goOn.give();
    await bustling;
    expect(numbersOf(await openOn(backend).read())).toEqual({ 'points/slow': 7, 'points/bustle': 200 });
    expect(await verifyRefLog({ backend, ...CONTEXT })).toEqual([]);
  });
});

function createSignal(): { give: () => void; given: Promise<void> } {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { give, given };
}
