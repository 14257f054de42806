// Exchanging a directory for a staged tree: what may be taken away afterwards, what must stay, and who never comes to rest.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { applySwap } from '#adapters/files/apply-swap.js';
import type { PreparedSwap } from '#adapters/files/change-record.js';
import { decodeInodes, InodeCollector } from '#adapters/files/inode-set.js';
import { planSwap, type SwapOptions, sealSwap, stageSwap } from '#adapters/files/prepare-swap.js';
import { requireSwappable } from '#adapters/files/swap-obstacle.js';
import { removeSwapStaging } from '#adapters/files/swap-staging.js';
import { ObjectReader } from '#store/object-reader.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { remove } from './steps.js';
import { TreeStore } from './tree-store.js';

let directory: string;
let root: string;
let options: SwapOptions;
beforeEach(async () => {
  directory = createTemporaryDirectory();
  root = join(directory, 'root');
  mkdirSync(join(root, 'folder'), { recursive: true });
  for (const name of ['goes', 'stays', 'folder/stays']) writeFileSync(join(root, name), name);
  const { store } = await TreeStore.make();
  const index = await store.openIndex();
  options = {
    ...{ root, steps: [remove('goes')], change: 'test', expected: new Map(), expectedAtMs: Date.now() },
    ...{
      content: { index, reader: new ObjectReader(store, index) },
      source: store,
      storeDirectory: undefined,
    },
    ...{ platform: store.platform, format: store.format },
  };
});

const staging = () => join(directory, '.savepoint-change-test');

async function stage() {
  const planned = await planSwap(options);
  await stageSwap(options, planned);
  return planned;
}

async function prepare(): Promise<PreparedSwap> {
  const { prepared, conflicts } = await sealSwap(options, await stage());
  expect(conflicts).toEqual([]);
  return prepared;
}

describe('an exchange', () => {
  it('is done once, however often it is carried out', async () => {
    const prepared = await prepare();
    for (let time = 0; time < 3; time++) {
      expect(applySwap(root, prepared)).toEqual([]);
      expect(readdirSync(root)).toEqual(['folder', 'stays']);
      expect(readdirSync(join(staging(), 'tree'))).toEqual(['folder', 'goes', 'stays']);
    }
  });

  it('leaves the root the time that was decided, whatever the file system makes of its other parent', async () => {
    utimesSync(root, 1e9, 1e9);
    const prepared = await prepare();
    utimesSync(join(staging(), 'tree'), 2e9, 2e9);
    applySwap(root, prepared);
    expect(statSync(root).mtimeMs).toBe(1e12);
  });

  it('is not done where another directory has the name of the root', async () => {
    const prepared = await prepare();
    renameSync(root, `${root}-before`);
    runTool('cp', ['-a', `${root}-before`, root]);
    expect(() => applySwap(root, prepared)).toThrow(/was replaced by somebody else/);
    expect(readdirSync(root)).toContain('goes');
  });
});

describe('taking away what was staged', () => {
  it('leaves nothing, and both trees as they are, exchanged or not', async () => {
    const planned = await stage();
    removeSwapStaging(root, planned.place);
    expect([readdirSync(directory), readdirSync(root)]).toEqual([['root'], ['folder', 'goes', 'stays']]);
    const prepared = await prepare();
    const inode = statSync(join(root, 'stays')).ino;
    applySwap(root, prepared);
    for (let time = 0; time < 2; time++) removeSwapStaging(root, prepared, { decided: prepared });
    expect([readdirSync(directory), readdirSync(root)]).toEqual([['root'], ['folder', 'stays']]);
    expect(lstatSync(join(root, 'stays'))).toMatchObject({ ino: inode, nlink: 1 });
  });

  it('leaves all of a tree into which somebody has put something', async () => {
    const prepared = await prepare();
    applySwap(root, prepared);
    writeFileSync(join(staging(), 'tree/folder/came'), 'came');
    removeSwapStaging(root, prepared, { decided: prepared });
    expect(readdirSync(join(staging(), 'tree/folder'))).toEqual(['came', 'stays']);
  });

  it('leaves a tree that is neither of both', async () => {
    const prepared = await prepare();
    applySwap(root, prepared);
    renameSync(join(staging(), 'tree'), join(directory, 'old'));
    mkdirSync(join(staging(), 'tree'));
    removeSwapStaging(root, prepared, { decided: prepared });
    expect(existsSync(join(staging(), 'tree'))).toBe(true);
  });

  it.each([true, false])(
    'leaves all of a tree in which something is mounted by then (%j)',
    async (isExchanged) => {
      const prepared = await prepare();
      if (isExchanged) applySwap(root, prepared);
      const place = join(staging(), 'tree/folder');
      const other = join(directory, 'other');
      mkdirSync(other);
      writeFileSync(join(other, 'precious'), 'precious');
      runTool('mount', ['--bind', other, place]);
      onTestFinished(() => void runTool('umount', [place]));
      removeSwapStaging(root, prepared, { decided: prepared });
      expect(readdirSync(other)).toEqual(['precious']);
      expect(existsSync(staging())).toBe(true);
    },
  );

  it('goes on where it is interrupted, and leaves only what can not go', async () => {
    const prepared = await prepare();
    applySwap(root, prepared);
    const fixed = join(staging(), 'tree/goes');
    runTool('chattr', ['+i', fixed]);
    removeSwapStaging(root, prepared, { decided: prepared });
    expect(readdirSync(join(staging(), 'tree'))).toEqual(['goes']);
    runTool('chattr', ['-i', fixed]);
    removeSwapStaging(root, prepared, { decided: prepared });
    expect(readdirSync(directory)).toEqual(['root']);
  });
});

it('a tree that never comes to rest is a conflict', async () => {
  let number = 0;
  const signal = {
    get aborted() {
      writeFileSync(join(root, `file-${number++}`), 'one more');
      return false;
    },
  } as AbortSignal;
  const planned = await stage();
  const { conflicts } = await sealSwap({ ...options, signal }, planned);
  expect(conflicts).toContain('');
  const settled = await sealSwap(options, planned);
  expect(settled.conflicts).toEqual([]);
  applySwap(root, settled.prepared);
  expect(readdirSync(root).filter((name) => name.startsWith('file-'))).toHaveLength(number);
});

it('the root of all file systems has nothing beside it', () => {
  expect(() => requireSwappable('/', undefined)).toThrow(/nothing stands beside/);
});

it('inodes are found again in the text that is made of them, and no others', () => {
  const collector = new InodeCollector();
  const status = (inode: number) =>
    Int32Array.from({ length: 18 }, (_, word) => (word === 4 ? inode : word === 5 ? -inode : 0));
  for (let inode = 0; inode < 5000; inode++) collector.add(status(inode * 7919), 0);
  const isKnown = decodeInodes(collector.encode());
  for (let inode = 0; inode < 5000; inode++) {
    expect(isKnown(status(inode * 7919), 0)).toBe(true);
    expect(isKnown(status(inode * 7919 + 1), 0)).toBe(false);
  }
  expect(decodeInodes('')(status(0), 0)).toBe(false);
});
