// A rollback, of three components where nothing else is said, and its recovery, in processes that are killed at a chosen call: what a matrix of kills
// is made of.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { StateAdapter } from '#adapters/state/state-adapter.js';
import { recover } from '#src/rollback/recover.js';
import { save } from '#src/save.js';
import { createSession, openSession } from '#src/session.js';
import { verify } from '#src/verify.js';
import { compareDescriptions } from '../fixtures/compare-trees.js';
import { type DescribedTree, describeTree } from '../fixtures/describe-tree.js';
import { runTool } from '../fixtures/run-tool.js';
import { swappedComponents } from '../fixtures/swapped-tree.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { type Kill, type KilledRun, runKilled } from './run-killed.js';
import { COMPONENTS, makeOriginal, makeTarget } from './three-components.js';

const SCRIPT = fileURLToPath(new URL('./roll-back.mjs', import.meta.url));

/** What is rolled back, and by which process. */
export interface KilledHost {
  /** Both make, in the directory that is live, what the components hold: at the point, and by now. */
  makeTarget(live: string): void;
  makeOriginal(live: string): void;
  definitions(live: string): Parameters<typeof save>[1];
  /** A script, and what it is given behind action, store and point. */
  readonly program?: readonly string[];
  readonly adapters?: readonly StateAdapter[];
  /** Whether a path is state, of which nobody keeps the times. */
  readonly isTimeless?: (path: string) => boolean;
}

export class KilledRollback {
  private constructor(
    private readonly directory: string,
    private readonly original: DescribedTree,
    private readonly target: DescribedTree,
    private readonly host: KilledHost,
  ) {}

  /** `swapped` are those of the components that go back as a whole; `validate` is what all of them are checked by. */
  static async make(swapped: readonly string[], validate: readonly string[] = []): Promise<KilledRollback> {
    return KilledRollback.of({
      makeOriginal,
      makeTarget(live) {
        makeTarget(live);
        for (const name of COMPONENTS) writeFileSync(join(live, name, 'app.log'), 'excluded');
      },
      definitions: (live) =>
        COMPONENTS.flatMap((name) => {
          const options = { exclude: ['*.log'], validate, swap: swapped.includes(name) };
          return swappedComponents([join(live, name)], options);
        }),
    });
  }

  static async of(host: KilledHost): Promise<KilledRollback> {
    const directory = createTemporaryDirectory({ lifetime: 'file', tmpfsSizeBytes: 256 << 20 });
    const live = join(directory, 'live');
    mkdirSync(live);
    host.makeTarget(live);
    await (await createSession(join(live, 'store'), 'sha256')).close();
    const session = await openSession({ store: join(live, 'store'), adapters: host.adapters ?? [] });
    await save(session, host.definitions(live), { name: 'before' });
    const target = describe(host, live);
    host.makeOriginal(live);
    const original = describe(host, live);
    await session.close();
    runTool('cp', ['-a', live, join(directory, 'template')]);
    return new KilledRollback(directory, original, target, host);
  }

  reset(): void {
    rmSync(this.live, { recursive: true });
    runTool('cp', ['-a', join(this.directory, 'template'), this.live]);
  }

  /** Runs a process that is killed; answers whether it was, and how many calls it made where it was not. */
  run(action: 'rollback' | 'recover', kill?: Kill): KilledRun {
    const [script = SCRIPT, ...rest] = this.host.program ?? [];
    return runKilled([script, action, this.store, 'before', ...rest], this.directory, kill);
  }

  async recover(): Promise<string> {
    const session = await openSession({ store: this.store, adapters: this.host.adapters ?? [] });
    try {
      return (await recover(session)).did;
    } finally {
      await session.close();
    }
  }

  /** Which of both states the components are in; a complaint where they are in neither. */
  state(): string {
    const found = describe(this.host, this.live);
    const target = compareDescriptions(this.target, found);
    if (target.length === 0) return 'target';
    const original = compareDescriptions(this.original, found);
    if (original.length === 0) return 'original';
    return `neither: ${JSON.stringify({ original, target }, undefined, 1)}`;
  }

  /** A kill soon after the decision, so that the recovery has everything to do; leaves the host killed there. */
  async findDecidedKill(): Promise<Kill> {
    this.reset();
    let [low, high] = [1, this.run('rollback').calls];
    const leadsToTarget = async (at: number) => {
      this.reset();
      this.run('rollback', { at, when: 'before' });
      await this.recover();
      return this.state() === 'target';
    };
    while (low < high) {
      const middle = (low + high) >> 1;
      if (await leadsToTarget(middle)) high = middle;
      else low = middle + 1;
    }
    this.reset();
    this.run('rollback', { at: low, when: 'before' });
    return { at: low, when: 'before' };
  }

  /** Behind the first call of the last run that names `text`: a rollback is killed there, and the host is left so. */
  killBehind(text: string): Kill {
    const traced = readFileSync(join(this.directory, 'trace'), 'utf8').split('\n');
    const line = traced.find((each) => each.includes(text)) ?? '';
    const kill: Kill = { at: Number(line.split(' ')[0]), when: 'after' };
    this.reset();
    expect(this.run('rollback', kill).killed, `${text}: ${line}`).toBe(true);
    return kill;
  }

  async expectSoundStore(): Promise<void> {
    const session = await openSession({ store: this.store });
    expect((await verify(session, { data: true })).problems).toEqual([]);
    await session.close();
  }

  get live(): string {
    return join(this.directory, 'live');
  }

  private get store(): string {
    return join(this.live, 'store');
  }
}

/** What is compared: what is rolled back, and that nothing else came to be beside it. */
function describe({ isTimeless = () => false }: KilledHost, live: string): DescribedTree {
  const all = [...describeTree(live)].filter(([path]) => path !== '.' && !path.startsWith('store'));
  return new Map(all.map(([path, file]) => [path, isTimeless(path) ? { ...file, mtimeNs: '' } : file]));
}
