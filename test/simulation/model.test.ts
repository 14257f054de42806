// Random histories of a live tree: changed, saved, restored, its caches deleted, against copies that `cp -a` keeps.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { restore } from '#src/restore.js';
import { save } from '#src/save.js';
import { createSession, openSession, type Session } from '#src/session.js';
import { verify } from '#src/verify.js';
import { expectSameTree } from '../fixtures/compare-trees.js';
import { describeTree } from '../fixtures/describe-tree.js';
import { makePlainTree } from '../fixtures/make-plain-tree.js';
import { mutateTree } from '../fixtures/mutate-tree.js';
import { runTool } from '../fixtures/run-tool.js';
import { createRandom, type SeededRandom } from '../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { chooseSeeds } from './choose-seeds.js';

const STEPS = 20;
const STORE_BYTES = 512 << 20;

/** A live tree, its store, and what each point of it should hold. */
class History {
  readonly live: string;
  readonly location: string;
  private readonly directory = createTemporaryDirectory();
  private readonly points: { name: string; copy: string }[] = [];
  private targets = 0;
  private session: Session | undefined;

  constructor(
    readonly seed: number,
    private readonly random: SeededRandom,
  ) {
    this.live = join(this.directory, 'live');
    this.location = join(createTemporaryDirectory({ tmpfsSizeBytes: STORE_BYTES }), 'store');
    makePlainTree(this.live, { seed, files: 50 });
  }

  async begin(): Promise<void> {
    this.session = await createSession(this.location, this.random.pick(['sha1', 'sha256'] as const));
  }

  async reopen(): Promise<void> {
    await this.session?.close();
    this.session = await openSession({ store: this.location });
  }

  mutate(step: number): void {
    mutateTree(this.live, { seed: `${this.seed} ${step}`, changes: this.random.integer(12) });
  }

  async save(): Promise<void> {
    const { point, problems } = await save(this.session as Session, componentsOfPaths([this.live]));
    expect(problems).toEqual([]);
    const copy = join(this.directory, `copy-${this.points.length}`);
    runTool('cp', ['-a', '--sparse=always', this.live, copy]);
    this.points.push({ name: point.name, copy });
  }

  /** What is derived, and may go at any time. */
  deleteDerived(): void {
    for (const folder of ['cache', 'index']) {
      if (this.random.integer(2) === 0) rmSync(join(this.location, folder), { recursive: true, force: true });
    }
  }

  async restoreElsewhere(): Promise<void> {
    const { name, copy } = this.random.pick(this.points);
    const target = join(this.directory, `target-${this.targets++}`);
    const { components } = await restore(this.session as Session, name, { to: target });
    expect(components.flatMap(({ problems }) => problems)).toEqual([]);
    expectSameTree(copy, target);
    rmSync(target, { recursive: true });
  }

  async restoreInPlace(): Promise<void> {
    const { name, copy } = this.random.pick(this.points);
    const { components } = await restore(this.session as Session, name, { delete: true });
    expect(components.flatMap(({ problems }) => problems)).toEqual([]);
    expectSameTree(copy, this.live);
    const again = await restore(this.session as Session, name, { delete: true });
    expect(again.components.flatMap(({ steps }) => steps)).toEqual([]);
  }

  /** Without `delete`, each file of the point comes back, and no other one goes. */
  async restoreAmongOthers(): Promise<void> {
    const { name, copy } = this.random.pick(this.points);
    const before = describeTree(this.live);
    const wanted = describeTree(copy);
    const inTheWay = [...wanted].filter(([path, { type }]) => {
      return type !== 'directory' && before.get(path)?.type === 'directory';
    });
    const done = restore(this.session as Session, name);
    if (inTheWay.length > 0) {
      await expect(done).rejects.toMatchObject({ code: 'TARGET_CONFLICT' });
      expect(describeTree(this.live)).toEqual(before);
      return;
    }
    expect((await done).components.flatMap(({ problems }) => problems)).toEqual([]);
    const after = describeTree(this.live);
    const contents = (tree: typeof after, path: string) => {
      const { type, content, target, mode, owner } = tree.get(path) ?? {};
      return { path, type, content, target, mode, owner };
    };
    for (const path of wanted.keys()) expect(contents(after, path)).toEqual(contents(wanted, path));
    const replaced = [...wanted.keys()].filter((path) => wanted.get(path)?.type !== 'directory');
    for (const [path, { linkedWith }] of before) {
      // A link to a restored file shares its attributes.
      if (
        wanted.has(path) ||
        linkedWith !== undefined ||
        replaced.some((file) => path.startsWith(`${file}/`))
      )
        continue;
      expect(contents(after, path)).toEqual(contents(before, path));
    }
  }

  async finish(): Promise<void> {
    expect((await verify(this.session as Session, { data: true })).problems).toEqual([]);
    for (const { name, copy } of this.points) {
      const target = join(this.directory, 'last');
      await restore(this.session as Session, name, { to: target });
      expectSameTree(copy, target);
      rmSync(target, { recursive: true });
    }
    await this.session?.close();
  }
}

describe('a live tree and its store', () => {
  it.each(chooseSeeds(1))('go through any history together (seed %i)', async (seed) => {
    const random = createRandom(seed);
    const history = new History(seed, random);
    await history.begin();
    for (let step = 0; step < STEPS; step++) {
      history.mutate(step);
      await history.save();
      const choice = random.integer(10);
      if (choice < 2) await history.restoreElsewhere();
      else if (choice < 5) await history.restoreInPlace();
      else if (choice < 6) await history.restoreAmongOthers();
      else if (choice < 8) history.deleteDerived();
      else await history.reopen();
    }
    await history.finish();
  });

  it.each(chooseSeeds(0))('notice each change that keeps size and time (seed %i)', async (seed) => {
    const history = new History(seed, createRandom(seed));
    await history.begin();
    await history.save();
    for (let round = 0; round < 30; round++) {
      mutateTree(history.live, {
        seed: `${seed} ${round}`,
        changes: 2,
        kinds: ['overwrite-part-keeping-size-and-time'],
      });
      await history.save();
    }
    await history.finish();
  });
});
