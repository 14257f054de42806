// The Node platform gives git's hashes and zlib's checksums, and the same frames whatever codec it takes.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createNodePlatform } from '#adapters/node/node-platform.js';
import { portableCrc32 } from '#store/codec/portable-checksum.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const ABC = new TextEncoder().encode('abc');

test('hashes as FIPS 180 has it, at once or in parts', async () => {
  const platform = await createNodePlatform();
  const expected = {
    sha1: 'a9993e364706816aba3e25717850c26c9cd0d89d',
    sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  };
  for (const algorithm of ['sha1', 'sha256'] as const) {
    expect(platform.hash(algorithm, ABC)).toBe(expected[algorithm]);
    const hasher = platform.createHasher(algorithm);
    hasher.update(ABC.subarray(0, 1));
    hasher.update(ABC.subarray(1));
    expect(hasher.digest()).toBe(expected[algorithm]);
  }
});

test('its checksum is the portable one', async () => {
  const platform = await createNodePlatform();
  expect(platform.crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(platform.crc32(bytes)).toBe(portableCrc32(bytes));
    }),
  );
});

test('random names have the length asked for and do not repeat', async () => {
  const platform = await createNodePlatform();
  const names = Array.from({ length: 100 }, () => platform.randomHex(16));
  expect(new Set(names).size).toBe(100);
  for (const name of names) expect(name).toMatch(/^[0-9a-f]{32}$/);
});

test('what one codec compresses, every other one decompresses', async () => {
  const sources = ['system', 'portable', ...('zstdCompressSync' in zlib ? ['node' as const] : [])] as const;
  const codecs = await Promise.all(sources.map(async (codec) => (await createNodePlatform({ codec })).codec));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), fc.integer({ min: 1, max: 30 }), (part, times) => {
      const raw = Buffer.concat(new Array(times).fill(part));
      for (const writer of codecs) {
        const frame = writer.compress(raw, 3).slice();
        for (const reader of codecs) {
          expect(Buffer.compare(reader.decompress(frame, raw.length), raw)).toBe(0);
        }
      }
    }),
  );
});

test('each codec says which one it is', async () => {
  expect((await createNodePlatform({ codec: 'system' })).codec.name).toMatch('libzstd');
  expect((await createNodePlatform({ codec: 'portable' })).codec.name).toMatch('WebAssembly');
  expect((await createNodePlatform()).codec.name).toMatch('libzstd');
});

test.skipIf('zstdCompressSync' in zlib)('a codec that the runtime lacks is unsupported', async () => {
  await expect(createNodePlatform({ codec: 'node' })).rejects.toMatchObject({ code: 'CODEC_UNSUPPORTED' });
});

test('without koffi, the next best codec is taken', () => {
  const name = runWithoutKoffi('console.log((await createNodePlatform()).codec.name)');
  expect(name).toMatch('zstdCompressSync' in zlib ? 'node:zlib' : 'WebAssembly');
});

test('hashing alone loads no codec where the runtime has one to fall back on', () => {
  const loaded = runWithoutKoffi(
    "const platform = await createNodePlatform(); platform.hash('sha1', new Uint8Array(1)); console.log(attempts);",
  );
  expect(loaded).toBe('zstdCompressSync' in zlib ? '0' : '1');
});

/** Runs a script in a process of its own in which koffi does not load, and `attempts` counts how often that was tried. */
function runWithoutKoffi(script: string): string {
  const source = `
    import Module from 'node:module';
    let attempts = 0;
    const load = Module._load;
    Module._load = function (request, ...rest) {
      if (request !== 'koffi') return load.call(this, request, ...rest);
      attempts++;
      throw new Error('koffi is not here');
    };
    const { createNodePlatform } = await import('#adapters/node/node-platform.js');
    ${script}`;
  const node = ['--input-type=module', '--eval', source];
  return execFileSync(process.execPath, node, { cwd: ROOT, encoding: 'utf8' }).trim();
}
