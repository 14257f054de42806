// A rollback of three components, and its recovery, in processes that are killed at a chosen call: what a matrix of kills
// is made of.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { recover } from '#src/rollback/recover.js';
import { save } from '#src/save.js';
import { createSession, openSession } from '#src/session.js';
import { verify } from '#src/verify.js';
import { compareDescriptions } from '../fixtures/compare-trees.js';
import { type DescribedTree, describeTree } from '../fixtures/describe-tree.js';
import { swappedComponents } from '../fixtures/swapped-tree.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { COMPONENTS, makeOriginal, makeTarget } from './three-components.js';

const PRELOAD = fileURLToPath(new URL('./kill-at-call.mjs', import.meta.url));
const SCRIPT = fileURLToPath(new URL('./roll-back.mjs', import.meta.url));

export interface Kill {
  readonly at: number;
  readonly when: 'before' | 'after';
}

export class KilledRollback {
  private constructor(
    private readonly directory: string,
    private readonly original: DescribedTree,
    private readonly target: DescribedTree,
  ) {}

  /** `swapped` are those of the components that go back as a whole; `validate` is what all of them are checked by. */
  static async make(swapped: readonly string[], validate: readonly string[] = []): Promise<KilledRollback> {
    const directory = createTemporaryDirectory({ lifetime: 'file', tmpfsSizeBytes: 256 << 20 });
    const live = join(directory, 'live');
    mkdirSync(live);
    makeTarget(live);
    for (const name of COMPONENTS) writeFileSync(join(live, name, 'app.log'), 'excluded');
    const session = await createSession(join(live, 'store'), 'sha256');
    const components = COMPONENTS.flatMap((name) =>
      swappedComponents([join(live, name)], { exclude: ['*.log'], validate, swap: swapped.includes(name) }),
    );
    await save(session, components, { name: 'before' });
    const target = describe(live);
    makeOriginal(live);
    const original = describe(live);
    await session.close();
    execFileSync('cp', ['-a', live, join(directory, 'template')]);
    return new KilledRollback(directory, original, target);
  }

  reset(): void {
    rmSync(this.live, { recursive: true });
    execFileSync('cp', ['-a', join(this.directory, 'template'), this.live]);
  }

  /** Runs a process that is killed; answers whether it was, and how many calls it made where it was not. */
  run(action: 'rollback' | 'recover', kill?: Kill): { killed: boolean; calls: number } {
    const report = join(this.directory, 'calls');
    rmSync(report, { force: true });
    const environment = { KILL_AT: String(kill?.at ?? 0), KILL_WHEN: kill?.when, KILL_REPORT: report };
    const { signal, status, stderr } = spawnSync(
      process.execPath,
      ['--import', PRELOAD, SCRIPT, action, this.store, 'before'],
      { env: { ...process.env, ...environment } as NodeJS.ProcessEnv, encoding: 'utf8' },
    );
    if (signal === 'SIGKILL') return { killed: true, calls: 0 };
    if (status !== 0) throw new Error(`${action} failed: ${stderr}`);
    return { killed: false, calls: Number(readFileSync(report, 'utf8')) };
  }

  async recover(): Promise<string> {
    const session = await openSession({ store: this.store });
    try {
      return (await recover(session)).did;
    } finally {
      await session.close();
    }
  }

  /** Which of both states the components are in; a complaint where they are in neither. */
  state(): string {
    const found = describe(this.live);
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

  async expectSoundStore(): Promise<void> {
    const session = await openSession({ store: this.store });
    expect((await verify(session, { data: true })).problems).toEqual([]);
    await session.close();
  }

  private get live(): string {
    return join(this.directory, 'live');
  }

  private get store(): string {
    return join(this.live, 'store');
  }
}

/** What is compared: the three components, and that nothing else came to be beside them. */
function describe(live: string): DescribedTree {
  const all = describeTree(live);
  return new Map([...all].filter(([path]) => path !== '.' && !path.startsWith('store')));
}
