// What stores written by earlier versions hold, byte by byte: it is read as it was meant, and written the same today.
// A golden file is never changed: whoever changes a format adds files of the new version, and still reads these.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodeAttributes, parseAttributes } from '#adapters/files/attributes.js';
import { encodeRow, type StatCache } from '#adapters/files/stat-cache.js';
import { FileStatCaches, isSoundCacheFile } from '#adapters/files/stat-cache-files.js';
import { STATUS_WORDS } from '#adapters/files/status-words.js';
import { createNodePlatform } from '#adapters/node/node-platform.js';
import {
  encodeRecord,
  encodeTagMessage,
  parseComponentRecord,
  parsePointRecord,
  parseTagMessage,
} from '#src/point-record.js';
import { encodePacksSegment } from '#store/index/publish-segment.js';
import { openSegmentBytes } from '#store/index/segment.js';
import { encodeName } from '#store/names.js';
import type { ObjectFormat } from '#store/object-id.js';
import { hashObject } from '#store/objects/object-header.js';
import { decodeBlock, encodeBlock } from '#store/pack/block.js';
import { readEntry } from '#store/pack/entry.js';
import { openPack, type PackSource, readBlock } from '#store/pack/pack-reader.js';
import { type FinishedPack, packName } from '#store/pack/pack-writer.js';
import { encodeRecipe, parseRecipe } from '#store/pack/record.js';
import type { Platform } from '#store/platform.js';
import { encodeSettings, parseSettings } from '#store/store-settings.js';
import { createMapBackend } from '../store/map-backend.js';
import { addObject, createPackWriter, readPack } from '../store/pack-fixture.js';
import {
  idOf,
  SAMPLE_ATTRIBUTES,
  SAMPLE_COMPONENT,
  SAMPLE_CONFIGURED_POINT,
  SAMPLE_POINT,
  SAMPLE_SUMMARY,
  sampleObjects,
  sampleRecipes,
  sampleRows,
  sampleSettings,
} from './samples.js';

const real = await createNodePlatform();
/** Writes blocks as they are, so that what is written depends on no codec; reads any. */
const plain: Platform = {
  ...real,
  codec: { name: 'none', compress: (raw) => raw, decompress: real.codec.decompress.bind(real.codec) },
};
const FORMATS: ObjectFormat[] = ['sha1', 'sha256'];
const POINT = 'ab'.repeat(32);

const golden = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`./format/${name}`, import.meta.url)));
const sourceOf = (format: ObjectFormat): PackSource => ({
  backend: createMapBackend(),
  platform: plain,
  format,
});

/** The pack of all samples: two blocks of objects, one of recipes. */
async function writeSamples(source: PackSource): Promise<FinishedPack> {
  const writer = createPackWriter(source, { packClass: 'metadata' });
  for (const block of sampleObjects(source.format)) {
    for (const object of block) await addObject(writer, object);
    await writer.flush();
  }
  for (const recipe of sampleRecipes(source.format)) await writer.addRecipe(recipe);
  return (await writer.finish()) as FinishedPack;
}

/** A source that holds the golden file `name` as a pack. */
async function openGolden(name: string, format: ObjectFormat) {
  const source = sourceOf(format);
  const id = '0'.repeat(32);
  await source.backend.replace(packName(id), golden(name));
  return { source, pack: await openPack(source, id) };
}

describe('a block', () => {
  const raw = new TextEncoder().encode('blob 6\0hello\nblob 0\0');

  it('is read and written as ever', () => {
    expect(decodeBlock(real, golden('plain.block'))).toEqual({ role: 'records', raw, recordCount: 2 });
    expect(encodeBlock(plain, 3, { role: 'records', raw, recordCount: 2 })).toEqual(golden('plain.block'));
  });

  it('in a frame is read as ever', () => {
    const text = new TextEncoder().encode(`blob 600\0${'hello\n'.repeat(100)}`);
    expect(decodeBlock(real, golden('zstd.block'))).toEqual({ role: 'records', raw: text, recordCount: 1 });
  });
});

describe.each(FORMATS)('of a %s store', (format) => {
  const expectSamples = async (name: string) => {
    const { source, pack } = await openGolden(name, format);
    expect(pack.packClass).toBe('metadata');
    const found = await readPack(source, pack);
    const objects = sampleObjects(format).flatMap((block, number) =>
      block.map((object) => ({ ...object, block: number })),
    );
    const ids = objects.map((object) => hashObject(real, format, object));
    expect(found.slice(0, 5)).toEqual(
      objects.map((object, i) => ({ ...object, id: ids[i], isRecipe: false })),
    );
    const raw = await readBlock(source, pack.id, pack.table.blocks[2]);
    const recipes = [5, 6].map((number) => {
      const { offset, lengthBytes } = readEntry(pack.table.entries, number, format);
      return parseRecipe(real, format, raw.subarray(offset, offset + lengthBytes));
    });
    expect(recipes).toEqual(sampleRecipes(format));
  };

  it('a pack is read and written as ever', async () => {
    await expectSamples(`plain-${format}.pack`);
    const source = sourceOf(format);
    const { id } = await writeSamples(source);
    expect(await source.backend.read(packName(id))).toEqual(golden(`plain-${format}.pack`));
  });

  it('a pack with frames is read as ever', async () => {
    await expectSamples(`zstd-${format}.pack`);
  });

  it('a recipe is written as ever', () => {
    const records = sampleRecipes(format).map((recipe) => encodeRecipe(real, format, recipe));
    expect(new Uint8Array(Buffer.concat(records))).toEqual(golden(`recipes-${format}.records`));
  });

  it('an index segment is read and written as ever', async () => {
    const { pack } = await openGolden(`plain-${format}.pack`, format);
    const other = { ...pack, id: 'f'.repeat(32), sizeBytes: 5 * 2 ** 32 };
    const bytes = encodePacksSegment(sourceOf(format), [pack, other]);
    expect(bytes).toEqual(golden(`segment-${format}.idx`));
    const segment = openSegmentBytes(real, 'index/golden', golden(`segment-${format}.idx`));
    expect(segment.front.packs).toEqual([
      { id: pack.id, sizeBytes: pack.sizeBytes },
      { id: other.id, sizeBytes: other.sizeBytes },
    ]);
    for (const object of sampleObjects(format).flat()) {
      const id = hashObject(real, format, object);
      expect(segment.findAll(id).map((entry) => segment.packOf(entry))).toEqual([pack.id, other.id]);
    }
    expect(segment.find(idOf(format, 'c'))).toMatchObject({ kind: 9, block: 2 });
  });

  it('the settings are read and written as ever', () => {
    const settings = sampleSettings(format);
    expect(parseSettings(real, golden(`store-${format}.json`), 'here')).toEqual(settings);
    expect(encodeSettings(real, settings)).toEqual(golden(`store-${format}.json`));
  });

  it('a stat cache is read and written as ever', async () => {
    const bytes = golden(`stat-cache-${format}.cache`);
    const rows = sampleRows(format);
    const source = sourceOf(format);
    const caches = new FileStatCaches(source);
    const key = { root: '/etc', only: ['nginx'] };
    await caches.write(key, POINT, rows.map(encodeRow));
    const [{ name }] = await source.backend.list('cache');
    expect(name).toBe('cache/stat-9460f5b7497556c7ddefd54a0567dc85');
    expect(await source.backend.read(name)).toEqual(bytes);
    expect(isSoundCacheFile(bytes, format)).toBe(true);
    const cache = (await caches.find(key, (id) => id === POINT)) as StatCache;
    for (const row of rows) {
      const found = cache.find(row.path);
      expect(found?.result()).toEqual(row.result);
      expect(found?.hasNames(encodeName(row.names.join('\0')))).toBe(true);
      row.names.forEach((_, index) => {
        expect(found?.extra(index)).toEqual(row.extras.get(index));
        expect(found?.isUnchanged(index, row.words, index * STATUS_WORDS)).toBe(!row.untrusted.has(index));
      });
    }
  });
});

describe('texts', () => {
  it('of attributes are read and written as ever', () => {
    expect(parseAttributes(golden('attributes.txt'))).toEqual(SAMPLE_ATTRIBUTES);
    expect(encodeAttributes(SAMPLE_ATTRIBUTES)).toEqual(golden('attributes.txt'));
  });

  it('of tags are read and written as ever', () => {
    const text = Buffer.from(golden('tag-message.txt')).toString();
    expect(parseTagMessage(text, idOf('sha1', '0'))).toEqual(SAMPLE_SUMMARY);
    expect(encodeTagMessage(SAMPLE_SUMMARY)).toBe(text);
  });

  it('of points and components are read and written as ever', () => {
    expect(parsePointRecord(golden('savepoint.json'), idOf('sha1', '0'))).toEqual(SAMPLE_POINT);
    expect(encodeRecord(SAMPLE_POINT)).toEqual(golden('savepoint.json'));
    expect(parsePointRecord(golden('savepoint-configured.json'), idOf('sha1', '0'))).toEqual(
      SAMPLE_CONFIGURED_POINT,
    );
    expect(encodeRecord(SAMPLE_CONFIGURED_POINT)).toEqual(golden('savepoint-configured.json'));
    const component = parseComponentRecord(
      golden('component.json'),
      idOf('sha1', '0'),
      SAMPLE_COMPONENT.name,
    );
    expect(component).toEqual(SAMPLE_COMPONENT);
    expect(encodeRecord(SAMPLE_COMPONENT)).toEqual(golden('component.json'));
  });
});
