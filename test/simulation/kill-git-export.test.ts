// Exports that are killed at any of their calls leave no repository yet, or a sound one with the refs before or after; and the next
// export makes of it what it would have been.
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { exportPoints } from '#src/git/export-points.js';
import { forgetPoints } from '#src/removed-points.js';
import { save } from '#src/save.js';
import { openSession, type Session } from '#src/session.js';
import { bareGit } from '../fixtures/bare-git.js';
import { makePlainTree } from '../fixtures/make-plain-tree.js';
import { createRandom } from '../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { chooseKills } from './choose-kills.js';
import { chooseSeeds } from './choose-seeds.js';
import { runKilled } from './run-killed.js';

const SCRIPT = fileURLToPath(new URL('./export-git.mjs', import.meta.url));
const MOST_KILLS = 10;

const [seed] = chooseSeeds(0);
let directory: string;
let store: string;
let target: string;

/** A store of three points, of which the second is gone; and a repository that has the first two. */
beforeAll(async () => {
  directory = createTemporaryDirectory({ lifetime: 'file' });
  store = join(directory, 'store');
  target = join(directory, 'target.git');
  const live = join(directory, 'live');
  makePlainTree(live, { seed, files: 8 });
  await use(async (session) => {
    const take = (name: string) => save(session, componentsOfPaths([live]), { name });
    await take('first');
    makePlainTree(join(live, 'more'), { seed: seed + 1, files: 3 });
    await take('second');
    await exportPoints(session, join(directory, 'begun.git'));
    makePlainTree(join(live, '.git'), { seed: seed + 2, files: 2 });
    await take('third');
    await forgetPoints(session, ['second']);
  });
});

async function use<T>(work: (session: Session) => Promise<T>): Promise<T> {
  const session = await openSession({ store, create: true, inThread: true });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

const refsOf = (repository: string) => readFileSync(join(repository, 'packed-refs'), 'utf8');
const exportOnce = (kill?: Parameters<typeof runKilled>[2]) =>
  runKilled([SCRIPT, store, target], directory, kill);

function begin(from: string): void {
  rmSync(target, { recursive: true, force: true });
  if (existsSync(from)) cpSync(from, target, { recursive: true });
}

it.each(['nothing', 'begun.git'])(
  `from %s (seed ${seed})`,
  async (name) => {
    const from = join(directory, name);
    const before = existsSync(from) ? refsOf(from) : '';
    begin(from);
    const { calls } = exportOnce();
    const after = refsOf(target);
    expect(after).not.toBe(before);
    const seen = new Set<string>();
    // Before the first call nothing is there, behind the last one all is, whatever instants are chosen.
    const kills = [
      { at: 1, when: 'before' as const },
      ...chooseKills(createRandom(seed), { calls, most: MOST_KILLS }),
      { at: calls, when: 'after' as const },
    ];
    for (const kill of kills) {
      begin(from);
      // The last calls may be made, or not, as time goes.
      if (kill.at < calls) expect(exportOnce(kill).killed).toBe(true);
      else exportOnce(kill);
      const isRepository = existsSync(join(target, 'HEAD'));
      const refs = isRepository && existsSync(join(target, 'packed-refs')) ? refsOf(target) : '';
      expect([before, after]).toContain(refs);
      if (isRepository) expect(bareGit(target).complaints()).toBe('');
      seen.add(!isRepository ? 'nothing' : refs === after ? 'after' : 'before');

      const where = `after a kill ${kill.when} call ${kill.at}`;
      await use((session) => exportPoints(session, target));
      expect(refsOf(target), where).toBe(after);
      expect(bareGit(target).complaints(), where).toBe('');
      expect(readdirSync(join(target, 'savepoint')).sort(), where).toEqual([
        'export.json',
        'ids',
        'unfinished',
      ]);
      expect(readdirSync(join(target, 'savepoint/unfinished')), where).toEqual([]);
      expect(readdirSync(target), where).not.toContain('packed-refs.lock');
    }
    expect([...seen].sort()).toEqual(expect.arrayContaining(['after', before === '' ? 'nothing' : 'before']));
  },
  300_000,
);
