// What need not be stored: what the index holds in packs that are there, and what any thread of this save has claimed.
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createKnownIds, joinKnownIds, KnownIdTable } from '#store/index/known-ids.js';
import { openSoundIndex } from '#store/index/open-sound-index.js';
import { publishSegment } from '#store/index/publish-segment.js';
import type { ObjectFormat, ObjectId } from '#store/object-id.js';
import { packName } from '#store/pack/pack-writer.js';
import { createRandom } from '../../fixtures/seeded-random.js';
import { blobOf, createSource, readPack, writePack } from '../pack-fixture.js';

function idsOf(count: number, seed: number, format: ObjectFormat = 'sha256'): ObjectId[] {
  const random = createRandom(seed);
  const length = format === 'sha1' ? 20 : 32;
  return Array.from({ length: count }, () => random.bytes(length).toString('hex') as ObjectId);
}

/** A store with one object in a pack that is there, and one in a pack that is gone. */
async function storeWithOne(format: ObjectFormat) {
  const source = await createSource(format);
  const packs = [await writePack(source, [[blobOf('there')]]), await writePack(source, [[blobOf('gone')]])];
  const [[there], [gone]] = [await readPack(source, packs[0]), await readPack(source, packs[1])];
  await publishSegment(source, packs);
  await source.backend.remove(packName(packs[1].id));
  const { index } = await openSoundIndex(source);
  return {
    source,
    there: there.id,
    gone: gone.id,
    ...(await createKnownIds(index, { format, without: new Set() })),
  };
}

describe.each(['sha1', 'sha256'] as const)('ids of a %s store', (format) => {
  it('are known where the index has them in a pack that is there, to every thread', async () => {
    const { source, known, share, there, gone } = await storeWithOne(format);
    const joined = joinKnownIds(source.platform, share());
    for (const table of [known, joined]) {
      expect([table.has(there), table.claim(there), table.has(gone)]).toEqual([true, false, false]);
    }
    expect([known.claim(gone), joined.claim(gone), joined.has(gone)]).toEqual([true, false, true]);
  });

  it('are granted once each, and known from then on', () => {
    const table = new KnownIdTable(() => false);
    const ids = idsOf(5000, 1, format);
    table.makeRoom(ids.length);
    expect(ids.map((id) => table.has(id))).not.toContain(true);
    expect(ids.map((id) => table.claim(id))).not.toContain(false);
    expect(ids.map((id) => table.claim(id) || !table.has(id))).not.toContain(true);
    expect(idsOf(5000, 2, format).map((id) => table.has(id))).not.toContain(true);
  });
});

describe('the table of known ids', () => {
  it('grows as room is made, and forgets nothing', () => {
    const table = new KnownIdTable(() => false);
    const ids = idsOf(60_000, 3);
    const granted = ids.filter((id) => {
      table.makeRoom(1);
      return table.claim(id);
    });
    expect(granted.length).toBe(ids.length);
    expect(table.shared().length).toBeGreaterThan(3);
    expect(table.shared().length).toBeLessThan(8);
    const other = new KnownIdTable(() => false, table.shared());
    expect(ids.filter((id) => table.claim(id) || other.claim(id) || !other.has(id))).toEqual([]);
  });

  it('tells ids apart that differ in their last byte only, and takes zeros for an id like any other', () => {
    const table = new KnownIdTable(() => false);
    table.makeRoom(256);
    const ids = [...Array(256).keys()].map((i) => i.toString(16).padStart(64, '0') as ObjectId);
    expect(ids.map((id) => table.claim(id))).not.toContain(false);
    expect(ids.map((id) => table.claim(id))).not.toContain(true);
  });

  it('grants what no room was made for, and still denies what it has', () => {
    const table = new KnownIdTable(() => false);
    table.makeRoom(1);
    const ids = idsOf(8192 + 50, 4);
    expect(ids.map((id) => table.claim(id))).not.toContain(false);
    expect(table.shared()).toHaveLength(1);
    expect(ids.slice(0, 8192).filter((id) => !table.has(id) || table.claim(id))).toEqual([]);
    expect(ids.slice(8192).filter((id) => table.has(id))).toEqual([]);
  });
});

describe('threads that claim the same ids at once', () => {
  const THREADS = 4;
  const SCRIPT = new URL('./claiming-thread.mjs', import.meta.url);

  interface Claims {
    readonly rounds: number;
    /** Called once for each round, and in the middle of handing out each round's work. */
    readonly makeRoom: (known: KnownIdTable, isFirst: boolean) => void;
    readonly idsFor: (thread: number, round: number) => readonly ObjectId[];
  }

  /** Has all threads claim their ids of a round at the same time, one round after the other. */
  async function claimInThreads({ rounds, makeRoom, idsFor }: Claims) {
    const { known, share } = await storeWithOne('sha256');
    makeRoom(known, true);
    const start = new Int32Array(new SharedArrayBuffer(8));
    const workerData = { shared: share(), start };
    const threads = Array.from({ length: THREADS }, () => new Worker(SCRIPT, { workerData }));
    onTestFinished(async () => void (await Promise.all(threads.map((thread) => thread.terminate()))));
    const granted: ObjectId[] = [];
    for (let round = 1; round <= rounds; round++) {
      const answers = threads.map((thread, number) => {
        // The threads before this one do not know of the newest table.
        if (number === THREADS / 2) makeRoom(known, false);
        thread.postMessage({ ids: idsFor(number, round), tables: known.shared(), round });
        return new Promise<ObjectId[]>((resolve, reject) => {
          thread.removeAllListeners().once('message', resolve).once('error', reject);
        });
      });
      while (Atomics.load(start, 0) < round * THREADS) await new Promise((resolve) => setImmediate(resolve));
      Atomics.store(start, 1, round);
      Atomics.notify(start, 1);
      granted.push(...(await Promise.all(answers)).flat());
    }
    return { known, granted };
  }

  it('get each id granted exactly once, where the table does not grow', async () => {
    const ids = idsOf(20_000, 5);
    const { known, granted } = await claimInThreads({
      rounds: 1,
      makeRoom: (table, isFirst) => table.makeRoom(isFirst ? ids.length * THREADS : 0),
      idsFor: (thread) => (thread % 2 === 0 ? ids : [...ids].reverse()),
    });
    expect(granted.length).toBe(ids.length);
    expect(new Set(granted)).toEqual(new Set(ids));
    expect(ids.filter((id) => !known.has(id))).toEqual([]);
  });

  it('get each id granted at least once, and lose none, where it grows', async () => {
    const rounds = 6;
    const perRound = 3000;
    const ids = idsOf(rounds * perRound, 6);
    const { known, granted } = await claimInThreads({
      rounds,
      makeRoom: (table) => table.makeRoom(perRound * THREADS),
      idsFor: (_, round) => ids.slice(0, round * perRound),
    });
    expect(known.shared().length).toBeGreaterThan(1);
    expect(new Set(granted)).toEqual(new Set(ids));
    expect(ids.filter((id) => !known.has(id))).toEqual([]);
    // Twice is what an id may get that is claimed at the moment of growth.
    expect(granted.length).toBeLessThan(ids.length * 2);
  });
});
