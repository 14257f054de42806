// Indexes of packs: what git reads in them is what was put in, and what we read is what git wrote.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PackIndexEntries } from '#adapters/git/pack-index.js';
import { PresentObjects } from '#adapters/git/present-objects.js';
import { createNodePlatform } from '#adapters/node/node-platform.js';
import type { ObjectFormat, ObjectId } from '#store/object-id.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createRandom } from '../../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const platform = await createNodePlatform();
const random = createRandom(8);
const randomId = (format: ObjectFormat) => platform.hash(format, random.bytes(20)) as ObjectId;

describe.each<ObjectFormat>(['sha1', 'sha256'])('an index of %s', (format) => {
  it('says where each object is, behind 2 and 4 GiB as well', () => {
    const entries = new PackIndexEntries(format);
    const offsets = [12, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 5];
    for (let i = 0; i < 300; i++) offsets.push(random.integer(2 ** 36));
    const expected = offsets.map((offset) => {
      const object = { id: randomId(format), offset, checksum: random.integer(2 ** 32) };
      entries.add(object);
      return `${offset} ${object.id} (${object.checksum.toString(16).padStart(8, '0')})`;
    });
    const bytes = entries.encode(platform, randomId(format));
    const shown = runTool('git', ['show-index', `--object-format=${format}`], { input: bytes });
    expect(shown.toString().trim().split('\n').sort()).toEqual(expected.sort());
  });

  it('is refused where two objects have one id', () => {
    const entries = new PackIndexEntries(format);
    const id = randomId(format);
    for (const offset of [12, 500]) entries.add({ id, offset, checksum: 1 });
    entries.add({ id: randomId(format), offset: 700, checksum: 2 });
    expect(() => entries.encode(platform, id)).toThrowError(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });

  it('tells which objects there are, in few packs and in many', () => {
    const directory = createTemporaryDirectory();
    const packs = join(directory, 'packs');
    mkdirSync(packs);
    const ids: ObjectId[] = [];
    const absent = Array.from({ length: 50 }, () => randomId(format));
    for (let number = 0; number < 12; number++) {
      const entries = new PackIndexEntries(format);
      for (let at = 0; at < 40 * number; at++) {
        const id = randomId(format);
        ids.push(id);
        entries.add({ id, offset: at, checksum: 0 });
      }
      writeFileSync(join(packs, `pack-${number}.idx`), entries.encode(platform, randomId(format)));
      writeFileSync(join(packs, `pack-${number}.pack`), '');
      const present = PresentObjects.read(packs, format);
      expect(ids.filter((id) => !present.has(id))).toEqual([]);
      expect(absent.filter((id) => present.has(id))).toEqual([]);
    }
    // Without its pack, an index says nothing.
    runTool('sh', ['-c', 'rm *.pack'], { cwd: packs });
    const present = PresentObjects.read(packs, format);
    expect(ids.filter((id) => present.has(id))).toEqual([]);
  });

  it('is read as git wrote it', () => {
    const cwd = createTemporaryDirectory();
    const git = (...args: string[]) => runTool('git', args, { cwd }).toString().trim();
    git('init', '--quiet', `--object-format=${format}`);
    for (let i = 0; i < 30; i++) writeFileSync(join(cwd, `file-${i}`), random.bytes(30));
    git('add', '.');
    git('-c', 'user.name=x', '-c', 'user.email=x', 'commit', '--quiet', '--message=x');
    const ids = git('rev-list', '--objects', '--all', '--no-object-names').split('\n') as ObjectId[];
    const packs = join(cwd, '.git/objects/pack');
    expect(PresentObjects.read(packs, format).has(ids[0])).toBe(false);
    git('repack', '-adq');
    expect(readdirSync(packs).some((name) => name.endsWith('.idx'))).toBe(true);
    const present = PresentObjects.read(packs, format);
    expect(ids.filter((id) => !present.has(id))).toEqual([]);
    const damaged = readdirSync(packs).find((name) => name.endsWith('.idx')) as string;
    const bytes = readFileSync(join(packs, damaged));
    runTool('chmod', ['u+w', join(packs, damaged)], {});
    writeFileSync(join(packs, damaged), bytes.subarray(0, 1100));
    expect(PresentObjects.read(packs, format).has(ids[0])).toBe(false);
  });
});
