// Capturing again with a stat cache: what is as it was is not opened, and what has changed in any way is.

import { once } from 'node:events';
import {
  chmodSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { CapturedTree, CaptureTreeOptions } from '#adapters/files/capture-tree.js';
import { StatCache } from '#adapters/files/stat-cache.js';
import { hashObject } from '#store/objects/object-header.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { TreeStore } from './tree-store.js';

const FILES = ['a', 'b', 'd/e', 'd/f', 'd/g/h', 'k/l'];
let root: string;
let trees: TreeStore;
let first: CapturedTree;

/** Waits until the clock is so far past all changes in the tree that a scan may trust what it sees. */
async function untilTrusted(): Promise<void> {
  const paths = ['.', ...(readdirSync(root, { recursive: true }) as string[])];
  const newest = Math.max(...paths.map((path) => lstatSync(join(root, path)).ctimeMs));
  while (Date.now() < newest + 40) await new Promise((resolve) => setImmediate(resolve));
}

beforeEach(async () => {
  root = createTemporaryDirectory({ tmpfsSizeBytes: 8 << 20 });
  for (const path of FILES) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), `content of ${path}`);
  }
  symlinkSync('a', join(root, 'link'));
  trees = await TreeStore.make();
  await untilTrusted();
  first = await trees.capture(root);
});

/** Captures with the cache of the first capture; the ids must be those that a capture without it gives. */
async function captureAgain(options: Partial<CaptureTreeOptions> = {}): Promise<CapturedTree> {
  const cached = await trees.capture(root, { cache: trees.cacheOf(first), ...options });
  const { cache: _, ...others } = options;
  expect(cached.ids).toEqual((await trees.capture(root, others)).ids);
  return cached;
}

describe('a tree that has not changed', () => {
  it('is captured without opening a file or writing a tree', async () => {
    await untilTrusted();
    const written: string[] = [];
    const { ids, counts } = await trees.capture(root, {
      cache: trees.cacheOf(first),
      metadata: {
        add: async (kind, content) => {
          written.push(kind);
          return hashObject(trees.store.platform, 'sha256', { kind, content });
        },
      },
    });
    expect(ids).toEqual(first.ids);
    expect(counts).toEqual({ ...first.counts, unchangedFiles: FILES.length + 1 });
    expect(written).toEqual([]);
  });

  it('is known as well by the cache that the second capture leaves', async () => {
    await untilTrusted();
    const second = await captureAgain();
    const third = await trees.capture(root, { cache: trees.cacheOf(second) });
    expect(third.counts.unchangedFiles).toBe(FILES.length + 1);
    expect(second.rows.map((row) => row.toString('hex')).sort()).toEqual(
      first.rows.map((row) => row.toString('hex')).sort(),
    );
  });

  it('is captured as ever with a damaged cache', async () => {
    const bytes = Buffer.concat(first.rows);
    bytes[bytes.length - 100] ^= 1;
    const cache = new StatCache(Buffer.concat([Buffer.from(bytes)]), 'sha256');
    expect((await captureAgain({ cache })).counts.unchangedFiles).toBe(0);
  });
});

describe('the root itself', () => {
  it.each([
    ['has another mode', () => chmodSync(root, 0o711)],
    ['has another time', () => utimesSync(root, 1, 1)],
    ['has another owner', () => runTool('chown', ['1:1', root])],
    ['has an extended attribute', () => runTool('setfattr', ['-n', 'user.a', '-v', '1', root])],
  ])('%s: that is noticed, and the rest is as it was', async (_, change) => {
    change();
    const { ids, counts } = await captureAgain();
    expect(ids.attributes).not.toBe(first.ids.attributes);
    expect(counts.unchangedFiles).toBe(FILES.length + 1);
  });
});

it('a file that has become a socket is no longer there', async () => {
  rmSync(join(root, 'd/e'));
  const server = createServer().listen(join(root, 'd/e'));
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { ids } = await captureAgain();
  expect(ids.files).not.toBe(first.ids.files);
});

describe('a file', () => {
  const path = (name: string) => join(root, name);
  const keepTimes = (name: string, change: () => void) => {
    const { atimeMs, mtimeMs } = statSync(path(name));
    change();
    utimesSync(path(name), atimeMs / 1000, mtimeMs / 1000);
  };

  it.each([
    [
      'has another content of the same length and time',
      () => keepTimes('d/e', () => writeFileSync(path('d/e'), 'CONTENT of d/e')),
    ],
    [
      'is longer, at the same time',
      () => keepTimes('d/e', () => writeFileSync(path('d/e'), 'content of d/e and more')),
    ],
    ['is shorter', () => truncateSync(path('d/e'), 3)],
    ['is empty', () => truncateSync(path('d/e'), 0)],
    ['has another mode', () => chmodSync(path('d/e'), 0o600)],
    ['has another time', () => utimesSync(path('d/e'), 1, 1)],
    ['has another owner', () => runTool('chown', ['1:1', path('d/e')])],
    ['has another attribute', () => runTool('setfattr', ['-n', 'user.a', '-v', 'b', path('d/e')])],
    [
      'is another file of the same look',
      () => {
        runTool('cp', ['-p', path('d/e'), path('new')]);
        renameSync(path('new'), path('d/e'));
      },
    ],
  ])('that %s is looked at again, and no other', async (_, change) => {
    change();
    await untilTrusted();
    expect((await captureAgain()).counts.unchangedFiles).toBe(FILES.length);
  });

  it('that is gone, new or renamed is noticed', async () => {
    rmSync(path('a'));
    writeFileSync(path('d/new'), 'new');
    renameSync(path('d/g'), path('d/g2'));
    await untilTrusted();
    const { counts, ids } = await captureAgain();
    // b, d/e, d/f, k/l and the link; what is in a renamed directory is looked at anew.
    expect(counts.unchangedFiles).toBe(5);
    expect([...(await trees.list(ids)).keys()]).toEqual([
      '',
      'b',
      'd',
      'd/e',
      'd/f',
      'd/g2',
      'd/g2/h',
      'd/new',
      'k',
      'k/l',
      'link',
    ]);
  });

  it('that takes the place of another by name is noticed', async () => {
    for (const [from, to] of [
      ['d/e', 't'],
      ['d/f', 'd/e'],
      ['t', 'd/f'],
    ])
      renameSync(path(from), path(to));
    await untilTrusted();
    expect((await captureAgain()).counts.unchangedFiles).toBe(FILES.length - 1);
  });

  it('that gets a further name is looked at again, and so is one that loses it', async () => {
    linkSync(path('a'), path('k/a2'));
    await untilTrusted();
    const linked = await captureAgain();
    expect((await trees.list(linked.ids)).get('k/a2')?.attributes.link).toBe('a');
    rmSync(path('a'));
    await untilTrusted();
    const unlinked = await captureAgain({ cache: trees.cacheOf(linked) });
    expect((await trees.list(unlinked.ids)).get('k/a2')?.attributes.link).toBeUndefined();
  });

  it('that changes again right after a scan, which stat may not show, is noticed', async () => {
    writeFileSync(path('d/e'), 'brand new');
    const racy = await trees.capture(root);
    keepTimes('d/e', () => writeFileSync(path('d/e'), 'BRAND new'));
    expect((await trees.capture(root, { cache: trees.cacheOf(racy) })).ids).toEqual(
      (await trees.capture(root)).ids,
    );
  });

  it('of the future is never trusted', async () => {
    const tomorrow = Date.now() / 1000 + 86_400;
    utimesSync(path('d/e'), tomorrow, tomorrow);
    await untilTrusted();
    const second = await captureAgain();
    expect((await trees.capture(root, { cache: trees.cacheOf(second) })).counts.unchangedFiles).toBe(
      FILES.length,
    );
  });

  it('that is a symbolic link with another target is noticed, even at the same time', async () => {
    const { atime, mtime } = lstatSync(path('link'));
    rmSync(path('link'));
    symlinkSync('b', path('link'));
    lutimesSync(path('link'), atime, mtime);
    await untilTrusted();
    const { ids } = await captureAgain();
    const id = (await trees.list(ids)).get('link')?.id;
    expect(Buffer.from((await (await trees.store.openReader()).read(id!)).content).toString()).toBe('b');
  });
});

describe('a directory', () => {
  it('with another mode, time or attribute is noticed, and what is in it stays known', async () => {
    for (const change of [
      () => chmodSync(join(root, 'd/g'), 0o700),
      () => utimesSync(join(root, 'd/g'), 1, 1),
      () => runTool('setfattr', ['-n', 'user.a', '-v', 'b', join(root, 'd/g')]),
    ]) {
      change();
      await untilTrusted();
      const again = await captureAgain();
      expect(again.counts.unchangedFiles).toBe(FILES.length + 1);
      expect(again.ids).not.toEqual(first.ids);
      first = again;
    }
  });

  it('of which more is left out is captured as if it had never been there', async () => {
    await untilTrusted();
    const { ids } = await captureAgain({ includes: (relative) => relative !== 'd/e' });
    expect((await trees.list(ids)).has('d/e')).toBe(false);
    expect((await captureAgain({ includes: (_, name) => name !== 'g' })).counts.unchangedFiles).toBe(
      FILES.length,
    );
  });
});
