// Verifying packs and segments whose checksums all are right, and which all the same do not hold what they say.
import { describe, expect, it } from 'vitest';
import { openSoundIndex } from '#store/index/open-sound-index.js';
import { encodePacksSegment, publishSegment } from '#store/index/publish-segment.js';
import type { ObjectId } from '#store/object-id.js';
import { encodeBlock } from '#store/pack/block.js';
import { type Entry, EntryBuffer } from '#store/pack/entry.js';
import {
  encodePackHeader,
  encodePackTrailer,
  encodeTable,
  PACK_HEADER_BYTES,
} from '#store/pack/pack-format.js';
import { openPack, type PackSource } from '#store/pack/pack-reader.js';
import { packName } from '#store/pack/pack-writer.js';
import { encodeRecipe, RECIPE_FLAG } from '#store/pack/record.js';
import { verifySegments } from '#store/verify/verify-index.js';
import { reportMissingPacks, verifyPacks } from '#store/verify/verify-packs.js';
import { blobId } from '../object-fixture.js';
import { blobOf, createSource, writePack } from '../pack-fixture.js';

const PACK_ID = '1'.repeat(32);
const WRONG_ID = 'f'.repeat(64) as ObjectId;

/** Stores a pack of one block, with any table that is asked for; every checksum is right. */
async function storePack(source: PackSource, raw: Uint8Array, entries: readonly Entry[]) {
  const { platform, format } = source;
  const block = encodeBlock(platform, 3, { role: 'records', raw, recordCount: entries.length });
  const buffer = new EntryBuffer(format);
  for (const entry of entries) buffer.append(entry);
  const blocks = [{ offset: PACK_HEADER_BYTES, storedBytes: block.length, rawBytes: raw.length }];
  const contents = encodeTable({ blocks, entries: buffer.appended() }, format);
  const table = encodeBlock(platform, 1, { role: 'table', raw: contents, recordCount: entries.length });
  const trailer = { offset: PACK_HEADER_BYTES + block.length, storedBytes: table.length };
  const parts = [
    encodePackHeader(platform, format, 'data'),
    block,
    table,
    encodePackTrailer(platform, trailer),
  ];
  await source.backend.replace(packName(PACK_ID), Buffer.concat(parts));
  return openPack(source, PACK_ID);
}

async function problemsOf(source: PackSource, data = true) {
  const { index } = await openSoundIndex(source);
  const { problems } = await verifyPacks(source, index, { data });
  return problems.map(({ code, file, lost }) => ({ code, file, lost: [...lost] }));
}

describe('a pack', () => {
  const text = 'blob 5\0hellotree 0\0';
  const raw = new TextEncoder().encode(text);

  async function sampleEntries() {
    const source = await createSource();
    const hash = (from: number, to: number) =>
      source.platform.hash('sha256', raw.subarray(from, to)) as ObjectId;
    const hello: Entry = { id: hash(0, 12), kind: 1, block: 0, offset: 0, lengthBytes: 12 };
    const tree: Entry = { id: hash(12, 19), kind: 2, block: 0, offset: 12, lengthBytes: 7 };
    return { source, hello, tree };
  }
  type Samples = Awaited<ReturnType<typeof sampleEntries>>;

  it('that holds what it says has no problems', async () => {
    const { source, hello, tree } = await sampleEntries();
    await storePack(source, raw, [hello, tree]);
    expect(await problemsOf(source)).toEqual([]);
  });

  it.each<[string, (samples: Samples) => Entry[], (samples: Samples) => ObjectId[]]>([
    [
      'an id that is another object’s',
      ({ hello, tree }) => [{ ...hello, id: WRONG_ID }, tree],
      () => [WRONG_ID],
    ],
    ['another kind', ({ hello, tree }) => [{ ...hello, kind: 2 }, tree], ({ hello }) => [hello.id]],
    [
      'a recipe where there is none',
      ({ hello, tree }) => [{ ...hello, kind: 1 | RECIPE_FLAG }, tree],
      ({ hello }) => [hello.id],
    ],
    ['a wrong place', ({ hello, tree }) => [{ ...hello, offset: 1 }, tree], ({ hello }) => [hello.id]],
    ['a wrong length', ({ hello, tree }) => [{ ...hello, lengthBytes: 11 }, tree], ({ hello }) => [hello.id]],
    ['a length beyond the block', ({ hello, tree }) => [hello, { ...tree, lengthBytes: 8 }], () => []],
    ['nothing of an object at the start', ({ tree }) => [tree], () => []],
    ['nothing of an object at the end', ({ hello }) => [hello], () => []],
    ['an object twice', ({ hello, tree }) => [hello, hello, tree], () => []],
  ])('whose table says %s is reported, if its data is looked at', async (_, entries, lost) => {
    const samples = await sampleEntries();
    await storePack(samples.source, raw, entries(samples));
    const expected = { code: 'OBJECT_CORRUPT', file: packName(PACK_ID), lost: lost(samples) };
    expect(await problemsOf(samples.source)).toEqual([expected]);
    expect(await problemsOf(samples.source, false)).toEqual([]);
  });

  it('with a recipe is sound only where the recipe is the one that the table says, and whole', async () => {
    const source = await createSource();
    const recipe = { id: WRONG_ID, kind: 'blob', sizeBytes: 0, parts: [], partsAreLists: false } as const;
    const record = encodeRecipe(source.platform, 'sha256', recipe);
    const entry: Entry = {
      id: WRONG_ID,
      kind: 1 | RECIPE_FLAG,
      block: 0,
      offset: 0,
      lengthBytes: record.length,
    };
    await storePack(source, record, [entry]);
    expect(await problemsOf(source)).toEqual([]);
    const other = 'e'.repeat(64) as ObjectId;
    await storePack(source, record, [{ ...entry, id: other }]);
    expect((await problemsOf(source)).map(({ lost }) => lost)).toEqual([[other]]);
    const broken = record.slice();
    broken[broken.length - 1] ^= 1;
    await storePack(source, broken, [entry]);
    expect((await problemsOf(source)).map(({ lost }) => lost)).toEqual([[WRONG_ID]]);
  });
});

describe('verifying', () => {
  it('counts objects and bytes, tells how far it is, and leaves out what it has seen', async () => {
    const source = await createSource();
    const packs = [
      await writePack(source, [[blobOf('a')], [blobOf('b')]]),
      await writePack(source, [[blobOf('c')]]),
    ];
    const { index } = await openSoundIndex(source);
    const totalBytes = packs[0].sizeBytes + packs[1].sizeBytes;
    const told: number[] = [];
    const verified = new Set<string>();
    const onProgress = (progress: { bytes: number; totalBytes: number }) => {
      expect(progress.totalBytes).toBe(totalBytes);
      told.push(progress.bytes);
    };
    const first = await verifyPacks(source, index, { data: true, verified, onProgress });
    expect(first).toEqual({ problems: [], objects: 3, bytes: totalBytes, vanished: false });
    expect(told).toEqual([...told].sort((left, right) => left - right));
    expect(told.at(-1)).toBe(totalBytes);
    expect(verified).toEqual(new Set(packs.map(({ id }) => id)));
    const second = await verifyPacks(source, index, { data: true, verified });
    expect(second).toEqual({ problems: [], objects: 0, bytes: 0, vanished: false });
  });

  it('says that a pack is gone since the index was opened, and takes that for no problem of its own', async () => {
    const source = await createSource();
    const pack = await writePack(source, [[blobOf('a')]]);
    await publishSegment(source, [pack]);
    const { index } = await openSoundIndex(source);
    await source.backend.remove(packName(pack.id));
    expect(await verifyPacks(source, index, { data: true })).toMatchObject({ problems: [], vanished: true });
    const reopened = await openSoundIndex(source);
    const lost = new Set([blobId(source, Buffer.from('a'))]);
    expect(reportMissingPacks(reopened.index)).toMatchObject([
      { code: 'PACK_MISSING', file: packName(pack.id), lost },
    ]);
  });

  it('counts as lost only what stands nowhere else', async () => {
    const source = await createSource();
    const packs = [
      await writePack(source, [[blobOf('a'), blobOf('b')]]),
      await writePack(source, [[blobOf('b'), blobOf('c')]]),
    ];
    await publishSegment(source, packs);
    await source.backend.remove(packName(packs[0].id));
    const [problem] = reportMissingPacks((await openSoundIndex(source)).index);
    expect([...problem.lost]).toEqual([blobId(source, Buffer.from('a'))]);
    await writePack(source, [[blobOf('a')]], { idSalt: 'again' });
    expect(reportMissingPacks((await openSoundIndex(source)).index)).toEqual([]);
  });

  it('stops where it is told to', async () => {
    const source = await createSource();
    await writePack(source, [[blobOf('a')]]);
    const { index } = await openSoundIndex(source);
    const work = verifyPacks(source, index, { data: true, signal: AbortSignal.abort() });
    await expect(work).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('a segment', () => {
  it('that says what the tables say has no problems, alone and together with others', async () => {
    const source = await createSource();
    const packs = [
      await writePack(source, [[blobOf('a'), blobOf('b')]]),
      await writePack(source, [[blobOf('b')]]),
    ];
    await publishSegment(source, packs);
    await publishSegment(source, [packs[0]]);
    expect(await verifySegments(source, (await openSoundIndex(source)).index)).toEqual([]);
  });

  it.each([
    ['leaves out an entry', (entries: Uint8Array) => entries.subarray(44)],
    [
      'leads to another place',
      (entries: Uint8Array) => entries.map((byte, i) => (i === 36 ? byte ^ 1 : byte)),
    ],
  ])('that %s is reported', async (_, change) => {
    const source = await createSource();
    const pack = await writePack(source, [[blobOf('a'), blobOf('b')]]);
    const table = { ...pack.table, entries: change(pack.table.entries) };
    const name = `index/${'2'.repeat(32)}.idx`;
    await source.backend.replace(name, encodePacksSegment(source, [{ ...pack, table }]));
    const problems = await verifySegments(source, (await openSoundIndex(source)).index);
    expect(problems).toMatchObject([{ code: 'INDEX_CORRUPT', file: name }]);
  });

  it('whose packs are gone or damaged is not the one to blame', async () => {
    const source = await createSource();
    const packs = [await writePack(source, [[blobOf('a')]]), await writePack(source, [[blobOf('b')]])];
    await publishSegment(source, [packs[0]]);
    await publishSegment(source, [packs[1]]);
    await source.backend.remove(packName(packs[0].id));
    await source.backend.replace(packName(packs[1].id), new Uint8Array(5));
    expect(await verifySegments(source, (await openSoundIndex(source)).index)).toEqual([]);
  });
});
