// The power goes at any instant of a rollback: what a journaling file system has on its device by then is copied, mounted
// and recovered. It leads to the state before or to the point's, attribute for attribute, and never to a mixture.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { recover } from '#src/rollback/recover.js';
import { save } from '#src/save.js';
import { createSession, openSession } from '#src/session.js';
import { verify } from '#src/verify.js';
import { compareDescriptions } from '../fixtures/compare-trees.js';
import { type DescribedTree, describeTree } from '../fixtures/describe-tree.js';
import { runTool } from '../fixtures/run-tool.js';
import { createRandom } from '../fixtures/seeded-random.js';
import { swappedComponents } from '../fixtures/swapped-tree.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { chooseSeeds } from './choose-seeds.js';
import { COMPONENTS, makeOriginal, makeTarget } from './three-components.js';

const PRELOAD = fileURLToPath(new URL('./kill-at-call.mjs', import.meta.url));
const SCRIPT = fileURLToPath(new URL('./roll-back.mjs', import.meta.url));
const IMAGE_BYTES = 48 << 20;
/** SAVEPOINT_TEST_ALL takes several hundred. */
const CUTS = process.env['SAVEPOINT_TEST_ALL'] === undefined ? 8 : 300;

const [seed] = chooseSeeds(0);
const random = createRandom(seed);
let directory: string;
let original: DescribedTree;
let target: DescribedTree;
let calls = 0;

const image = (name: string) => join(directory, `${name}.ext4`);
const mountPoint = () => join(directory, 'mounted');
const store = () => join(mountPoint(), 'store');

function mount(name: string): void {
  runTool('mount', ['-o', 'loop,user_xattr', image(name), mountPoint()]);
}

function unmount(): void {
  runTool('umount', [mountPoint()]);
}

function describeLive(): DescribedTree {
  const all = describeTree(mountPoint());
  return new Map(
    [...all].filter(([path]) => COMPONENTS.some((name) => path === name || path.startsWith(`${name}/`))),
  );
}

beforeAll(async () => {
  directory = createTemporaryDirectory({ lifetime: 'file', tmpfsSizeBytes: IMAGE_BYTES * 4 });
  mkdirSync(mountPoint());
  runTool('truncate', ['-s', String(IMAGE_BYTES), image('template')]);
  runTool('mkfs.ext4', ['-q', '-F', image('template')]);
  mount('template');
  makeTarget(mountPoint());
  const session = await createSession(store(), 'sha256');
  // One of them goes back as a whole.
  const components = COMPONENTS.flatMap((name) =>
    swappedComponents([join(mountPoint(), name)], { swap: name === 'web' }),
  );
  await save(session, components, { name: 'before' });
  target = describeLive();
  makeOriginal(mountPoint());
  original = describeLive();
  await session.close();
  unmount();
  calls = await countCalls();
});

afterAll(() => {
  try {
    unmount();
  } catch {
    // It is not mounted unless a test failed.
  }
});

function start(environment: Record<string, string>): ChildProcess {
  return spawn(process.execPath, ['--import', PRELOAD, SCRIPT, 'rollback', store(), 'before'], {
    env: { ...process.env, ...environment },
    stdio: 'ignore',
  });
}

async function countCalls(): Promise<number> {
  runTool('cp', [image('template'), image('live')]);
  mount('live');
  const report = join(directory, 'calls');
  const [code] = await once(start({ KILL_REPORT: report }), 'exit');
  expect(code).toBe(0);
  unmount();
  return Number(readFileSync(report, 'utf8'));
}

/** What the device has written so far; see the kernel's Documentation/block/stat.rst. */
function writtenSectors(): string {
  const device = execFileSync('findmnt', ['-n', '-o', 'SOURCE', mountPoint()], { encoding: 'utf8' }).trim();
  return readFileSync(`/sys/block/${device.replace('/dev/', '')}/stat`, 'utf8')
    .trim()
    .split(/\s+/)[6];
}

/** Copies the device as it is at one instant, while its file system is mounted and nobody writes to it. */
async function cutPower(): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const before = writtenSectors();
    await wait(5);
    if (writtenSectors() !== before) continue;
    runTool('cp', ['--sparse=always', image('live'), image('cut')]);
    if (writtenSectors() === before) return;
  }
  throw new Error('the device never came to rest');
}

/** Runs a rollback up to its call number `at`, and leaves what the device has then in the image 'cut'. */
async function cutAt(at: number): Promise<void> {
  runTool('cp', ['--sparse=always', image('template'), image('live')]);
  mount('live');
  const child = start({ KILL_AT: String(at), KILL_SIGNAL: 'SIGSTOP' });
  const ended = once(child, 'exit');
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!isOver && !isStopped(child.pid as number)) await wait(2);
  await cutPower();
  child.kill('SIGKILL');
  if (!isOver) await ended;
  unmount();
}

function isStopped(pid: number): boolean {
  try {
    return /\) [Tt] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

it(`${CUTS} power cuts during rollbacks lead to one of both states (seed ${seed})`, async () => {
  const seen = { original: 0, target: 0 };
  for (let number = 0; number < CUTS; number++) {
    // One of each stretch, so that some are before the decision and some behind it.
    const at = 1 + Math.floor((calls * (number + random.integer(1000) / 1000)) / CUTS);
    await cutAt(at);
    mount('cut');
    const session = await openSession({ store: store() });
    const { did } = await recover(session);
    const found = describeLive();
    const differences = {
      target: compareDescriptions(target, found),
      original: compareDescriptions(original, found),
    };
    const state = Object.entries(differences).find(([, complaints]) => complaints.length === 0)?.[0];
    expect(state, `cut at call ${at}, ${did}: ${JSON.stringify(differences, undefined, 1)}`).toBeDefined();
    seen[state as keyof typeof seen]++;
    expect((await verify(session, { data: true })).problems).toEqual([]);
    await session.close();
    unmount();
  }
  expect(seen.original).toBeGreaterThan(0);
  expect(seen.target).toBeGreaterThan(0);
}, 900_000);
