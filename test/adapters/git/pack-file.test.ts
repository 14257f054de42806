// Packs, as real git reads them.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DurableFolder } from '#adapters/backends/durable-write.js';
import { adler32, deflatePiece } from '#adapters/git/pack-entry.js';
import { PackFile } from '#adapters/git/pack-file.js';
import { packLargeObject } from '#adapters/git/pack-large-object.js';
import { createNodePlatform } from '#adapters/node/node-platform.js';
import type { ObjectFormat, ObjectId } from '#store/object-id.js';
import { hashObject } from '#store/objects/object-header.js';
import { bareGit } from '../../fixtures/bare-git.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createRandom } from '../../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const platform = await createNodePlatform();
const random = createRandom(5);
/** Around each number of bits that a size may take in the header of an entry. */
const SIZES = [0, 1, 15, 16, 2047, 2048, 262_143, 262_144];
const CONTENTS = SIZES.flatMap((size) => [random.bytes(size), random.text(size), Buffer.alloc(size, 7)]);

async function beginPack(format: ObjectFormat, expectedObjects: number) {
  const directory = createTemporaryDirectory();
  runTool('git', ['init', '--quiet', '--bare', `--object-format=${format}`, directory], {});
  mkdirSync(join(directory, 'unfinished'));
  const folder = new DurableFolder(directory, join(directory, 'unfinished'));
  const pack = await PackFile.begin({ folder, platform, format, expectedObjects });
  const finish = async () => {
    const { name, bytes } = await pack.finish(join(directory, 'objects/pack'));
    runTool('git', ['verify-pack', `objects/pack/${name}.idx`], { cwd: directory });
    expect(
      runTool('stat', ['-c', '%s', `objects/pack/${name}.pack`], { cwd: directory })
        .toString()
        .trim(),
    ).toBe(String(bytes));
    const git = bareGit(directory);
    expect(git.complaints()).toBe('');
    return git;
  };
  return { pack, finish };
}

const idOf = (format: ObjectFormat, content: Uint8Array) =>
  hashObject(platform, format, { kind: 'blob', content });

function addAll(pack: PackFile, format: ObjectFormat): Map<ObjectId, Buffer> {
  const added = new Map<ObjectId, Buffer>();
  for (const content of CONTENTS) {
    const id = idOf(format, content);
    if (!added.has(id)) pack.add({ id, kind: 'blob', content });
    added.set(id, content);
  }
  return added;
}

describe.each<ObjectFormat>(['sha1', 'sha256'])('a pack of %s', (format) => {
  it.each(['as many', 'fewer', 'more'])('has objects of all sizes, %s than were expected', async (which) => {
    const expected = new Set(CONTENTS.map((content) => idOf(format, content))).size;
    const { pack, finish } = await beginPack(format, expected + { 'as many': 0, fewer: 3, more: -3 }[which]!);
    const added = addAll(pack, format);
    const git = await finish();
    expect(git.run('rev-parse', '--show-object-format')).toBe(format);
    for (const [id, content] of added) expect(git.read('blob', id).equals(content)).toBe(true);
  });

  it.each(['the same', 'another'])(
    'has a large object out of pieces, from a store of %s format',
    async (which) => {
      const from = which === 'the same' ? format : format === 'sha1' ? 'sha256' : 'sha1';
      const { pack, finish } = await beginPack(format, 1);
      const contents = [random.bytes(1_000_000), Buffer.alloc(70_000), random.text(900_000), random.bytes(1)];
      const whole = Buffer.concat(contents);
      async function* pieces() {
        for (const content of contents)
          yield { content, deflated: deflatePiece(content), checksum: adler32(content) };
      }
      const source = {
        id: idOf(from, whole),
        kind: 'blob',
        sizeBytes: whole.length,
        pieces: pieces(),
      } as const;
      const id = await packLargeObject(pack, source, { platform, formats: { from, to: format } });
      expect(id).toBe(idOf(format, whole));
      expect((await finish()).read('blob', id).equals(whole)).toBe(true);
    },
  );
});

it('a large object whose pieces are another one is refused', async () => {
  const { pack } = await beginPack('sha1', 1);
  const content = random.bytes(10);
  async function* pieces() {
    yield { content, deflated: deflatePiece(content), checksum: adler32(content) };
  }
  const source = {
    id: idOf('sha1', random.bytes(10)),
    kind: 'blob',
    sizeBytes: 10,
    pieces: pieces(),
  } as const;
  const packing = packLargeObject(pack, source, { platform, formats: { from: 'sha1', to: 'sha1' } });
  await expect(packing).rejects.toMatchObject({ code: 'OBJECT_CORRUPT' });
  pack.discard();
});
