// Capturing single files: each has git's id, however it is read; and one that changes meanwhile is read again.
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { captureBatch } from '#adapters/files/capture-batch.js';
import { FileCapturer } from '#adapters/files/capture-file.js';
import { captureHugeFile, HUGE_FILE_BYTES } from '#adapters/files/capture-huge-file.js';
import { createCapturePool } from '#adapters/files/create-capture-pool.js';
import { STATUS_WORDS } from '#adapters/files/status-words.js';
import { readStatus } from '#adapters/node/posix-status.js';
import type { ObjectFormat } from '#store/object-id.js';
import type { ObjectWriter } from '#store/object-writer.js';
import type { Platform } from '#store/platform.js';
import { beginWrite } from '#store/store.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createRandom } from '../../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { blobId } from '../../store/object-fixture.js';
import { GitRepository } from '../../store/objects/git-repository.js';
import { TreeStore } from './tree-store.js';

let directory: string;
beforeEach(() => {
  directory = createTemporaryDirectory({ tmpfsSizeBytes: 128 << 20 });
});
const path = (name: string) => join(directory, name);

function statusOf(name: string): Int32Array {
  const words = new Int32Array(STATUS_WORDS);
  expect(readStatus(path(name), words, 0)).toBe(0);
  return words;
}

interface Hooks {
  /** Before room is made for what is about to be read. */
  readonly onReserve?: () => void;
  /** After it was read. */
  readonly onHash?: () => void;
}

/** A capturer over an empty store in memory, which tells when it reads. */
async function createCapturer({ onReserve, onHash }: Hooks = {}, format: ObjectFormat = 'sha256') {
  const { store } = await TreeStore.make(format);
  const platform: Platform = {
    ...store.platform,
    hash: (algorithm, bytes) => {
      onHash?.();
      return store.platform.hash(algorithm, bytes);
    },
  };
  const write = await beginWrite({ ...store, platform });
  const writer = write.createWriter('data');
  const watched = new Proxy(writer, {
    get(target, name) {
      if (name === 'tryReserve' || name === 'reserve') onReserve?.();
      const member = Reflect.get(target, name) as unknown;
      return typeof member === 'function' ? member.bind(target) : member;
    },
  }) as ObjectWriter;
  const cutter = store.createCutter();
  const capturer = new FileCapturer({ platform: store.platform, format, writer: watched, cutter });
  return { capturer, store, write, cutter };
}

const contentId = async (content: Uint8Array | string) =>
  blobId((await TreeStore.make()).store, Buffer.from(content));

describe.each(['sha1', 'sha256'] as const)('a file in a %s store', (format) => {
  it('has the id that git gives it, whatever its size', async () => {
    const { capturer } = await createCapturer({}, format);
    const git = new GitRepository(format);
    const random = createRandom('contents');
    for (const size of [0, 1, 1000, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5_000_000]) {
      writeFileSync(path('file'), random.bytes(size));
      const captured = await capturer.capture(path('file'), statusOf('file'), 0);
      expect(captured).toMatchObject({
        id: git.run(['hash-object', path('file')]),
        newWords: undefined,
        unstable: false,
      });
      const again = capturer.captureNow(path('file'), statusOf('file'), 0);
      if (size <= 1 << 20) expect(again?.id ?? captured.id).toBe(captured.id);
      else expect(again).toBeUndefined();
    }
  });

  it('that is huge has the same id, read by one thread and stored by all', async () => {
    const { capturer, store, write, cutter } = await createCapturer({}, format);
    writeFileSync(path('huge'), createRandom('huge').text(HUGE_FILE_BYTES + 12_345));
    const expected = new GitRepository(format).run(['hash-object', path('huge')]);
    const pool = createCapturePool({ write, directory: undefined });
    const means = { pool, platform: store.platform, format, cutter };
    expect((await captureHugeFile(path('huge'), statusOf('huge'), means)).id).toBe(expected);
    const { packs } = await pool.finish();
    await write.publish(packs);
    const recipe = await (await store.openReader()).findRecipe(expected as never);
    expect(recipe?.sizeBytes).toBe(HUGE_FILE_BYTES + 12_345);
    expect((await capturer.capture(path('huge'), statusOf('huge'), 0)).id).toBe(expected);
  });
});

describe('a sparse file', () => {
  it('has the id of its zeros, wherever its holes are, and says where its data is', async () => {
    const { capturer } = await createCapturer();
    for (let seed = 0; seed < 12; seed++) {
      const random = createRandom(`holes ${seed}`);
      const size = 1_100_000 + random.integer(6_000_000);
      const descriptor = openSync(path('sparse'), 'w');
      ftruncateSync(descriptor, size);
      for (let piece = 0; piece < random.integer(5); piece++) {
        const bytes = random.bytes(1 + random.integer(400_000));
        writeSync(
          descriptor,
          bytes,
          0,
          Math.min(bytes.length, size - 1),
          random.integer(Math.max(1, size - bytes.length)),
        );
      }
      closeSync(descriptor);
      const { id, extras } = await capturer.capture(path('sparse'), statusOf('sparse'), 0);
      const content = readFileSync(path('sparse'));
      expect(id, `seed ${seed}`).toBe(await contentId(content));
      let end = 0;
      for (const [start, length] of extras?.data ?? [[0, content.length]]) {
        expect(
          content.subarray(end, start).every((byte) => byte === 0),
          `seed ${seed}`,
        ).toBe(true);
        end = start + length;
      }
      expect(content.subarray(end).every((byte) => byte === 0)).toBe(true);
      rmSync(path('sparse'));
    }
  });

  it('without any data says so, and a whole file says nothing', async () => {
    const { capturer } = await createCapturer();
    writeFileSync(path('hole'), '');
    truncateSync(path('hole'), 3 << 20);
    writeFileSync(path('whole'), Buffer.alloc(3 << 20));
    expect((await capturer.capture(path('hole'), statusOf('hole'), 0)).extras).toEqual({ data: [] });
    expect((await capturer.capture(path('whole'), statusOf('whole'), 0)).extras).toBeUndefined();
  });
});

describe('a file that changes while it is read', () => {
  it('once is read again, and is as it is then', async () => {
    writeFileSync(path('file'), 'before');
    const status = statusOf('file');
    let changes = 0;
    const { capturer } = await createCapturer({
      onHash: () => changes++ === 0 && appendFileSync(path('file'), ' and after'),
    });
    const captured = await capturer.capture(path('file'), status, 0);
    expect(captured).toMatchObject({ id: await contentId('before and after'), unstable: false });
    expect(captured.newWords).toEqual(statusOf('file'));
  });

  it('since the walk has seen it is as it is now', async () => {
    writeFileSync(path('file'), 'long before');
    const status = statusOf('file');
    writeFileSync(path('file'), 'now');
    const { capturer } = await createCapturer();
    expect(capturer.captureNow(path('file'), status, 0)).toBeUndefined();
    const captured = await capturer.capture(path('file'), status, 0);
    expect(captured).toMatchObject({ id: await contentId('now'), unstable: false });
    expect(captured.newWords).toEqual(statusOf('file'));
  });

  it('and goes on growing is saved as it was read last, and marked', async () => {
    writeFileSync(path('log'), '0');
    const status = statusOf('log');
    let lines = 0;
    const { capturer } = await createCapturer({ onHash: () => appendFileSync(path('log'), String(++lines)) });
    const captured = await capturer.capture(path('log'), status, 0);
    expect(lines).toBe(3);
    expect(captured).toMatchObject({ id: await contentId('012'), unstable: true });
  });

  it('and goes on growing is reported, and is part of its batch', async () => {
    writeFileSync(path('log'), '0');
    const batch = { root: directory, paths: 'log', words: statusOf('log') };
    const { capturer } = await createCapturer({ onReserve: () => appendFileSync(path('log'), 'more') });
    const { problems, newWords, ids } = await captureBatch(capturer, batch, 64);
    expect(problems).toMatchObject([{ path: path('log'), code: 'ECHANGED', captured: true }]);
    expect(newWords).toHaveLength(1);
    expect(ids.trim()).toHaveLength(64);
  });

  it('and shrinks is read again at its new length', async () => {
    writeFileSync(path('file'), 'a long content');
    const status = statusOf('file');
    let cuts = 0;
    const { capturer } = await createCapturer({
      onReserve: () => cuts++ === 0 && truncateSync(path('file'), 6),
    });
    expect(await capturer.capture(path('file'), status, 0)).toMatchObject({
      id: await contentId('a long'),
      unstable: false,
    });
  });

  it('and goes on shrinking is given up', async () => {
    writeFileSync(path('file'), Buffer.alloc(4096));
    const status = statusOf('file');
    const shrink = () => truncateSync(path('file'), statSync(path('file')).size >> 1);
    const { capturer } = await createCapturer({ onReserve: shrink });
    await expect(capturer.capture(path('file'), status, 0)).rejects.toMatchObject({ code: 'ECHANGED' });
  });

  it('and is large is read again as well', async () => {
    const content = createRandom('large').bytes(3_000_000);
    writeFileSync(path('file'), content);
    const status = statusOf('file');
    let cuts = 0;
    const { capturer } = await createCapturer({
      onReserve: () => cuts++ === 1 && truncateSync(path('file'), 2_000_000),
    });
    const { id } = await capturer.capture(path('file'), status, 0);
    expect(id).toBe(await contentId(content.subarray(0, 2_000_000)));
  });
});

it('a batch whose directory is gone names each of its files', async () => {
  const { capturer } = await createCapturer();
  const words = new Int32Array(2 * STATUS_WORDS);
  const { ids, problems } = await captureBatch(capturer, { root: path('gone'), paths: 'a\0b/c', words }, 64);
  expect(problems.map(({ path, code }) => [path, code])).toEqual([
    [path('gone/a'), 'ENOENT'],
    [path('gone/b/c'), 'ENOENT'],
  ]);
  expect(ids).toBe(' '.repeat(128));
});

describe('what takes the place of a file before it is read', () => {
  const makers: Readonly<Record<string, [() => void, string]>> = {
    nothing: [() => undefined, 'ENOENT'],
    'a directory': [() => mkdirSync(path('x')), 'EISDIR'],
    'a symbolic link': [() => symlinkSync('good', path('x')), 'ELOOP'],
    'a FIFO': [() => runTool('mkfifo', [path('x')]), 'ESPIPE'],
    'a device': [() => runTool('mknod', [path('x'), 'c', '1', '3']), 'ECHANGED'],
    'an endless device': [() => runTool('mknod', [path('x'), 'c', '1', '5']), 'ECHANGED'],
  };

  it.each(Object.keys(makers))('%s is reported, and the other files are captured', async (what) => {
    const [make, code] = makers[what];
    for (const content of ['', 'some content']) {
      writeFileSync(path('x'), content);
      writeFileSync(path('good'), 'good');
      const words = Int32Array.of(...statusOf('x'), ...statusOf('good'));
      rmSync(path('x'));
      make();
      const { capturer } = await createCapturer();
      const batch = { root: directory, paths: 'x\0good', words };
      const { problems, ids } = await captureBatch(capturer, batch, 64);
      expect(problems.map((problem) => [problem.path, problem.captured])).toEqual([[path('x'), false]]);
      if (content !== '') expect(problems[0].code).toBe(code);
      expect(ids).toBe(' '.repeat(64) + (await contentId('good')));
      rmSync(path('x'), { recursive: true, force: true });
    }
  });
});
