// A store whose points are small sets of blobs, saved, removed, recovered and collected by several processes at once, and
// a model of what must be there.
import { REMOVED } from '#store/collect/collect-context.js';
import { collectGarbage } from '#store/collect/collect-garbage.js';
import { Reachable } from '#store/collect/reachable.js';
import { isSavepointError } from '#store/errors.js';
import { openSoundIndex } from '#store/index/open-sound-index.js';
import type { ObjectId } from '#store/object-id.js';
import { ObjectReader } from '#store/object-reader.js';
import { encodeCommit, encodeTag } from '#store/objects/commit-and-tag.js';
import { encodeTree, TREE_MODES } from '#store/objects/tree.js';
import { entryLength, readEntry } from '#store/pack/entry.js';
import { openPack } from '#store/pack/pack-reader.js';
import { beginWrite, type Store } from '#store/store.js';
import type { SeededRandom } from '../../fixtures/seeded-random.js';
import { Actor } from '../actor.js';
import { createMapBackend, killBackend } from '../map-backend.js';
import { contentOf, emptyStore, findLostBy, idOf, openOn } from '../merge/saved-store.js';

const BLOBS = 12;
const SOMEBODY = { name: 'somebody', email: 'somebody@host', timeSeconds: 1 };

interface ModelPoint {
  readonly id: ObjectId;
  readonly blobs: readonly number[];
  /** Undecided while somebody removes or recovers it. */
  state: 'kept' | 'removed' | 'gone';
}

interface Running {
  readonly actor: Actor;
  readonly kill: () => void;
}

export class CollectedStore {
  readonly files = emptyStore();
  readonly points: ModelPoint[] = [];
  /** What the collections did. */
  swept = 0;
  rewritten = 0;
  private clockMs = 1_000_000;
  private count = 0;

  constructor(private readonly random: SeededRandom) {}

  /** Several processes at once, in a random order of their calls; some are killed on the way. */
  async live(): Promise<void> {
    const running = Array.from({ length: 1 + this.random.integer(3) }, () => this.start());
    while (running.length > 0) {
      const chosen = this.random.integer(running.length);
      if (await this.runBriefly(running[chosen])) continue;
      running.splice(chosen, 1);
    }
    await this.settle();
  }

  /** One process alone for a while: what takes long then comes between two calls of another. Answers false at its end. */
  private async runBriefly({ actor, kill }: Running): Promise<boolean> {
    const steps = 1 + this.random.integer(this.random.pick([2, 60]));
    for (let step = 0; step < steps; step++) {
      this.clockMs += this.random.integer(3);
      if (this.random.integer(400) === 0) {
        kill();
        return false;
      }
      if (await actor.step()) continue;
      const { failure } = actor;
      if (failure !== undefined && !isSavepointError(failure, 'REF_MOVED', 'STORE_REPAIRED')) throw failure;
      return false;
    }
    return true;
  }

  private start(): Running {
    const backend = createMapBackend(this.files);
    const work = this.random.pick([
      ...[this.save, this.save, this.save, this.forget, this.forget, this.recover],
      ...[this.collect, this.collect],
    ]);
    const actor = new Actor(backend, async (observed) => work.call(this, await openOn(observed)));
    return { actor, kill: () => killBackend(this.files, backend) };
  }

  private async save(store: Store): Promise<void> {
    const blobs = Array.from({ length: BLOBS }, (_, number) => number).filter(
      () => this.random.integer(4) === 0,
    );
    const name = `point-${++this.count}`;
    const write = await beginWrite(store);
    const [data, metadata] = [write.createWriter('data'), write.createWriter('metadata')];
    const entries = [];
    for (const number of blobs) {
      const id = await data.add('blob', contentOf(number));
      entries.push({ mode: TREE_MODES.file, name: String(number), id });
    }
    const tree = await metadata.add('tree', encodeTree(entries, 'sha256'));
    const commit = await metadata.add(
      'commit',
      encodeCommit({ tree, parents: [], author: SOMEBODY, message: name }),
    );
    const tag = { object: commit, kind: 'commit', name, tagger: SOMEBODY, message: name } as const;
    const id = await metadata.add('tag', encodeTag(tag));
    await write.publish([...(await data.finish()), ...(await metadata.finish())]);
    await store.refs.update([{ name: `points/${name}`, expected: undefined, value: id }]);
    this.points.push({ id, blobs, state: 'kept' });
    await write.tidy();
    await write.end();
  }

  private async forget(store: Store): Promise<void> {
    const kept = this.points.filter(({ state }) => state === 'kept');
    if (kept.length === 0) return;
    const { id } = this.random.pick(kept);
    await store.refs.update([{ name: REMOVED + id, expected: undefined, value: id }]);
  }

  private async recover(store: Store): Promise<void> {
    const removed = this.points.filter(({ state }) => state === 'removed');
    if (removed.length === 0) return;
    const { id } = this.random.pick(removed);
    await store.refs.update([{ name: REMOVED + id, expected: id, value: undefined }]);
  }

  private async collect(store: Store): Promise<void> {
    const graceMs = this.random.pick([0, 15, 40, 80]);
    const now = () => this.clockMs;
    const { removed, rewritten } = await collectGarbage(store, {
      ...{ graceMs, now, full: this.random.integer(2) === 0 },
    });
    this.swept += removed.packs;
    this.rewritten += rewritten;
  }

  /** The refs say what became of each point. */
  private async settle(): Promise<void> {
    const { refs } = await (await openOn(createMapBackend(this.files))).refs.read();
    const ids = new Set([...refs].filter(([name]) => name.startsWith('points/')).map(([, { id }]) => id));
    // Who was killed right behind the ref has told nobody of its point.
    for (const id of ids) {
      if (!this.points.some((point) => point.id === id)) this.points.push({ id, blobs: [], state: 'kept' });
    }
    for (const point of this.points) {
      point.state = !ids.has(point.id) ? 'gone' : refs.has(REMOVED + point.id) ? 'removed' : 'kept';
    }
  }

  /** Ids that a point needs, kept or still to be recovered, and that can't be read. */
  async findLost(): Promise<string[]> {
    const store = await openOn(createMapBackend(this.files));
    const { index } = await openSoundIndex(store);
    const reader = new ObjectReader(store, index);
    const lost: string[] = [];
    for (const { id, blobs, state } of this.points) {
      if (state === 'gone') continue;
      const reachable = new Reachable(store, index);
      await reachable.add(id).catch((error) => lost.push(`${state} ${id}: ${error.message}`));
      for (const number of await findLostBy(reader, blobs)) lost.push(`${state} ${id}: ${idOf(number)}`);
    }
    return lost;
  }

  /** Objects that are stored and that nobody needs, once nobody is at work any more. */
  async findWaste(): Promise<string[]> {
    const store = await openOn(createMapBackend(this.files));
    for (let round = 0; round < 2; round++) {
      this.clockMs += 1000;
      await collectGarbage(store, { graceMs: 0, full: true, now: () => this.clockMs });
    }
    await this.settle();
    const { index } = await openSoundIndex(store);
    const reachable = new Reachable(store, index);
    for (const { id, state } of this.points) if (state === 'kept') await reachable.add(id);
    const waste: string[] = [];
    for (const pack of index.state.packs.keys()) {
      const { entries } = (await openPack(store, pack)).table;
      for (let i = 0; i < entries.length / entryLength('sha256'); i++) {
        const { id } = readEntry(entries, i, 'sha256');
        if (!reachable.has(id)) waste.push(id);
      }
    }
    return waste;
  }

  /** Packs that an index names and that are neither there nor known to be garbage. */
  async findMissingPacks(): Promise<readonly string[]> {
    const { index } = await openSoundIndex(await openOn(createMapBackend(this.files)));
    return index.hasLost() ? index.state.missingPacks : [];
  }
}
