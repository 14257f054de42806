// The stat cache: vouches for what is exactly as it was, and for nothing once a byte of it is wrong.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CachedRow,
  type DirectoryRow,
  encodeCacheHeader,
  encodeRow,
  StatCache,
} from '#adapters/files/stat-cache.js';
import { FileStatCaches, isSoundCacheFile } from '#adapters/files/stat-cache-files.js';
import { COMPARED_WORDS, STATUS_WORDS } from '#adapters/files/status-words.js';
import { decodeName, encodeName } from '#store/names.js';
import { ID_LENGTH_BYTES, type ObjectFormat, type ObjectId } from '#store/object-id.js';
import { createSource } from '../../store/pack-fixture.js';

const FORMATS: ObjectFormat[] = ['sha1', 'sha256'];

function rowOf(format: ObjectFormat): fc.Arbitrary<DirectoryRow> {
  const id = fc
    .uint8Array({ minLength: ID_LENGTH_BYTES[format], maxLength: ID_LENGTH_BYTES[format] })
    .map((bytes) => Buffer.from(bytes).toString('hex') as ObjectId);
  const name = fc
    .uint8Array({ minLength: 1, maxLength: 6 })
    .map((bytes) => decodeName(bytes).replaceAll('\0', '_'));
  const entry = fc.record({
    name,
    words: fc.array(fc.integer(), { minLength: STATUS_WORDS, maxLength: STATUS_WORDS }),
    id: fc.oneof(id, fc.constant('' as const)),
    isUntrusted: fc.boolean(),
    link: fc.option(name, { nil: undefined }),
  });
  return fc
    .record({
      path: fc.array(name, { maxLength: 3 }),
      entries: fc.uniqueArray(entry, { selector: (each) => each.name, maxLength: 5 }),
      files: id,
      attributes: id,
    })
    .map(({ path, entries, files, attributes }) => ({
      path: path.join('/'),
      names: entries.map((each) => each.name),
      words: Int32Array.from(entries.flatMap((each) => each.words)),
      ids: entries.map((each) => each.id),
      untrusted: new Set(entries.flatMap((each, index) => (each.isUntrusted ? [index] : []))),
      extras: new Map(
        entries.flatMap(({ link }, index) => (link === undefined ? [] : [[index, { link }] as const])),
      ),
      result: { files, attributes },
    }));
}

const cacheOf = (rows: readonly Buffer[], format: ObjectFormat) =>
  new StatCache(Buffer.concat([encodeCacheHeader(format), ...rows]), format);

function expectRow(found: CachedRow | undefined, row: DirectoryRow): void {
  expect(found?.count).toBe(row.names.length);
  expect(found?.result()).toEqual(row.result);
  expect(found?.hasNames(encodeName(row.names.join('\0')))).toBe(true);
  row.names.forEach((name, index) => {
    expect(found?.indexOf(name)).toBe(index);
    if (row.ids[index] !== '') expect(found?.id(index)).toBe(row.ids[index]);
    expect(found?.extra(index)).toEqual(row.extras.get(index));
    expect(found?.isUnchanged(index, row.words, index * STATUS_WORDS)).toBe(!row.untrusted.has(index));
  });
}

describe.each(FORMATS)('a stat cache of a %s store', (format) => {
  const rows = fc.uniqueArray(rowOf(format), { selector: (row) => row.path, maxLength: 4 });

  it('gives back every row, whatever the names are', () => {
    fc.assert(
      fc.property(rows, (made) => {
        const cache = cacheOf(made.map(encodeRow), format);
        for (const row of made) expectRow(cache.find(row.path), row);
        expect(cache.find('no such path')).toBeUndefined();
        expect([cache.isSound(), cache.damagedRows]).toEqual([true, 0]);
      }),
    );
  });

  it('keeps a row as it is, for the next cache', () => {
    const [row] = fc.sample(rowOf(format), { numRuns: 1, seed: 8 });
    const kept = cacheOf([encodeRow(row)], format).find(row.path);
    expectRow(cacheOf([kept?.bytes as Buffer], format).find(row.path), row);
  });

  it('has nothing where it is of another format, or no cache', () => {
    const [row] = fc.sample(rowOf(format), { numRuns: 1, seed: 8 });
    const bytes = Buffer.concat([encodeCacheHeader(format === 'sha1' ? 'sha256' : 'sha1'), encodeRow(row)]);
    for (const wrong of [bytes, bytes.subarray(1), Buffer.alloc(0), Buffer.alloc(100)]) {
      const cache = new StatCache(wrong, format);
      expect([cache.find(row.path), cache.isSound()]).toEqual([undefined, false]);
    }
  });

  it('gives nothing wrong, and says that it is damaged, with any bit flipped and at any length', () => {
    const made = fc
      .sample(rowOf(format), { numRuns: 3, seed: 9 })
      .map((row, i) => ({ ...row, path: `path-${i}` }));
    const bytes = Buffer.concat([encodeCacheHeader(format), ...made.map(encodeRow)]);
    const look = (changed: Buffer) => {
      const cache = new StatCache(changed, format);
      const found = made.map((row) => cache.find(row.path));
      for (const [i, row] of found.entries()) if (row !== undefined) expectRow(row, made[i]);
      return { cache, missing: found.filter((row) => row === undefined).length };
    };
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] ^= 1 << (bit & 7);
      const { cache, missing } = look(flipped);
      expect(missing, `bit ${bit}`).toBeGreaterThan(0);
      expect(cache.isSound(), `bit ${bit}`).toBe(false);
    }
    for (let length = 0; length < bytes.length; length++) {
      expect(look(bytes.subarray(0, length)).missing, `${length} bytes`).toBeGreaterThan(0);
    }
    expect(look(bytes).missing).toBe(0);
  });
});

describe('a row', () => {
  const [row] = fc.sample(
    rowOf('sha256').filter(({ names }) => names.length > 2),
    { numRuns: 1, seed: 10 },
  );
  const trusting = { ...row, untrusted: new Set<number>() };
  const found = cacheOf([encodeRow(trusting)], 'sha256').find(row.path) as CachedRow;

  it('vouches for nothing of which stat says anything else, but for the device and what it takes there', () => {
    for (let word = 0; word < STATUS_WORDS; word++) {
      const words = row.words.slice();
      words[STATUS_WORDS + word] ^= 1;
      expect(found.isUnchanged(1, words, STATUS_WORDS), `word ${word}`).toBe(word >= COMPARED_WORDS);
      expect(found.isUnchanged(0, words, 0)).toBe(true);
    }
  });

  it('never vouches for what was as new as the scan', () => {
    const distrustful = encodeRow({ ...row, untrusted: new Set([1]) });
    const again = cacheOf([distrustful], 'sha256').find(row.path);
    const answers = [0, 1, 2].map((index) => again?.isUnchanged(index, row.words, index * STATUS_WORDS));
    expect(answers).toEqual([true, false, true]);
  });

  it('tells other names from its own, however alike they are', () => {
    const joined = encodeName(row.names.join('\0'));
    const others = [
      Buffer.alloc(0),
      joined.subarray(1),
      joined.subarray(0, joined.length - 1),
      Buffer.concat([joined, Buffer.from('\0')]),
      Buffer.concat([joined, Buffer.from('a')]),
      Buffer.from(joined).fill(joined[0] ^ 1, 0, 1),
    ];
    expect(others.map((names) => found.hasNames(names))).toEqual(others.map(() => false));
    expect(found.indexOf('no such name')).toBe(-1);
  });

  it('tells names that are not UTF-8 from those that are shown for them', () => {
    const escaped = { ...trusting, names: ['\udc80', ...row.names.slice(1)] };
    const replaced = ['\ufffd', ...row.names.slice(1)].join('\0');
    const cached = cacheOf([encodeRow(escaped)], 'sha256').find(row.path);
    expect(cached?.hasNames(encodeName(replaced))).toBe(false);
    expect(cached?.hasNames(encodeName(escaped.names.join('\0')))).toBe(true);
  });
});

describe('the files of stat caches', () => {
  const POINT = 'ab'.repeat(32);
  const KEY = { root: '/etc', only: undefined };
  const [row] = fc.sample(rowOf('sha256'), { numRuns: 1, seed: 11 });

  async function written() {
    const source = await createSource();
    const caches = new FileStatCaches(source);
    await caches.write(KEY, POINT, [encodeRow(row)]);
    const [{ name }] = await source.backend.list('cache');
    return { source, caches, name, bytes: (await source.backend.read(name)) as Uint8Array };
  }

  it('are found by root and by what the capture was limited to', async () => {
    const { caches } = await written();
    expectRow((await caches.find(KEY, () => true))?.find(row.path), row);
    for (const other of [
      { root: '/etc2', only: undefined },
      { root: '/etc', only: ['a'] },
      { root: '/et', only: ['c'] },
    ]) {
      expect(await caches.find(other, () => true)).toBeUndefined();
    }
  });

  it('are good only as long as the point is there that they were written for', async () => {
    const { caches } = await written();
    expect(await caches.find(KEY, (id) => id === POINT)).toBeDefined();
    expect(await caches.find(KEY, (id) => id !== POINT)).toBeUndefined();
  });

  it('are sound as they are written, and with any bit flipped neither sound nor misleading', async () => {
    const { source, caches, name, bytes } = await written();
    expect(isSoundCacheFile(bytes, 'sha256')).toBe(true);
    expect(isSoundCacheFile(bytes, 'sha1')).toBe(false);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      expect(isSoundCacheFile(flipped, 'sha256'), `bit ${bit}`).toBe(false);
      await source.backend.replace(name, flipped);
      const cache = await caches.find(KEY, (id) => id === POINT);
      expect(cache?.find(row.path), `bit ${bit}`).toBeUndefined();
    }
  });

  it('are dropped all at once', async () => {
    const { source, caches } = await written();
    await source.backend.replace('cache/points', new Uint8Array(3));
    await caches.write({ root: '/srv', only: undefined }, POINT, []);
    await caches.dropAll();
    expect((await source.backend.list('cache')).map(({ name }) => name)).toEqual(['cache/points']);
  });
});
