// Several processes that merge, save and read at once, in very many orders of events: no object is ever lost, and no
// reader ever fails.
import { describe, expect, it } from 'vitest';
import { publishSegment } from '#store/index/publish-segment.js';
import { mergeSmallPacks } from '#store/merge/merge-small-packs.js';
import { ObjectReader } from '#store/object-reader.js';
import { createRandom } from '../../fixtures/seeded-random.js';
import { Actor, isChange } from '../actor.js';
import { createMapBackend, type StoredBytes } from '../map-backend.js';
import { createObjectWriter } from '../object-fixture.js';
import {
  contentOf,
  emptyStore,
  findLost,
  findLostBy,
  openOn,
  platform,
  saveSmall,
  sourceOn,
} from './saved-store.js';

const PACKS = 16;
/** Of all orders that there are, one in so many; SAVEPOINT_TEST_ALL takes more. */
const EACH = process.env['SAVEPOINT_TEST_ALL'] === undefined ? 27 : 9;
const NUMBERS = [...Array(PACKS).keys()];

/** A store with so many packs that one more look at them merges them. */
const piledUp = (async () => {
  const files = emptyStore();
  const source = sourceOn(files);
  for (const number of NUMBERS) {
    const writer = createObjectWriter(source, { packClass: number % 2 === 0 ? 'data' : 'metadata' });
    await writer.add('blob', contentOf(number));
    await publishSegment(source, await writer.finish());
  }
  return files;
})();

const merging = (files: StoredBytes) =>
  new Actor(createMapBackend(files), (backend) => mergeSmallPacks({ backend, platform, format: 'sha256' }));

async function expectAllThere(files: StoredBytes, what: string, actors: readonly Actor[]): Promise<void> {
  expect(
    actors.map(({ failure }) => failure),
    what,
  ).toEqual(actors.map(() => undefined));
  expect(await findLost(sourceOn(files), NUMBERS), what).toEqual([]);
}

describe('two merges at once', () => {
  it('lose nothing, wherever one is overtaken by any part of the other', async () => {
    const alone = merging(new Map(await piledUp));
    await alone.run();
    const total = alone.calls.length;
    const stops = [...alone.calls.keys()].filter((i) => isChange(alone.calls[i])).map((i) => i + 1);
    expect(stops.length).toBeGreaterThan(2 * PACKS);
    for (const [turn, stop] of [...stops, Number.POSITIVE_INFINITY].entries()) {
      for (let start = turn % EACH; start < total; start += EACH) {
        const files = new Map(await piledUp);
        const [one, other] = [merging(files), merging(files)];
        await one.run(start);
        await other.run(stop);
        await expectAllThere(files, `${start} calls, then ${stop} of the other`, [one, other]);
        await one.run();
        await other.run();
        await expectAllThere(files, `${start} calls, then ${stop} of the other, then all`, [one, other]);
      }
    }
  });

  it('leave no more than a pack of each class each', async () => {
    const files = new Map(await piledUp);
    const actors = [merging(files), merging(files)];
    while ((await actors[0].step()) || (await actors[1].step())) await actors[1].step();
    await expectAllThere(files, 'in turns', actors);
    expect([...files.keys()].filter((name) => name.startsWith('packs/')).length).toBeLessThanOrEqual(4);
  });
});

describe('merges, saves and readers at once', () => {
  const COURSES = 60;

  /** Reads all objects twice with one reader, which must not notice what happens to packs and segments. */
  const reading = (files: StoredBytes) =>
    new Actor(createMapBackend(files), async (backend) => {
      const store = await openOn(backend);
      const reader = new ObjectReader(store, await store.openIndex());
      for (let round = 0; round < 2; round++) {
        const lost = await findLostBy(reader, NUMBERS);
        if (lost.length > 0) throw new Error(`the reader misses ${lost}`);
      }
    });
  const saving = (files: StoredBytes, number: number) =>
    new Actor(createMapBackend(files), async (backend) => saveSmall(await openOn(backend), number));

  it(`lose nothing and fail nowhere, in ${COURSES} random orders of events`, async () => {
    for (let seed = 0; seed < COURSES; seed++) {
      const random = createRandom(`course ${seed}`);
      const files = new Map(await piledUp);
      const saves = [100, 101, 102];
      const makers = [
        () => merging(files),
        ...saves.map((number) => () => saving(files, number)),
        () => reading(files),
        () => reading(files),
      ];
      // Some begin late, when others have changed what they find.
      const waiting = [...makers].sort(() => random.integer(2) - 0.5);
      const actors = waiting.splice(0, 2).map((make) => make());
      const running = [...actors];
      while (running.length > 0) {
        const actor = random.pick(running);
        await actor.run(1 + random.integer(30));
        if (!(await actor.step())) running.splice(running.indexOf(actor), 1);
        const next = random.integer(3) === 0 || running.length === 0 ? waiting.shift() : undefined;
        if (next !== undefined) {
          actors.push(next());
          running.push(actors[actors.length - 1]);
        }
      }
      expect(actors.length).toBe(makers.length);
      await expectAllThere(files, `course ${seed}`, actors);
      expect(await findLost(sourceOn(files), saves), `course ${seed}`).toEqual([]);
    }
  });
});
