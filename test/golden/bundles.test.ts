// What bundles written by earlier versions hold, byte by byte: they are read as they were meant, and written the same today.
// A golden file is never changed: whoever changes the format adds files of the new version, and still reads these.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createNodePlatform } from '#adapters/node/node-platform.js';
import { type BundleDescription, encodeDescription } from '#src/bundle/bundle-description.js';
import { openBundle } from '#src/bundle/open-bundle.js';
import { encodeBundleHeader, encodeBundleTrailer } from '#store/bundle/bundle-format.js';
import { BundleOutput } from '#store/bundle/bundle-output.js';
import type { ObjectFormat } from '#store/object-id.js';
import { hashObject } from '#store/objects/object-header.js';
import type { Platform } from '#store/platform.js';
import { addObject, createPackWriter } from '../store/pack-fixture.js';
import { idOf, SAMPLE_SUMMARY, sampleObjects } from './samples.js';

const real = await createNodePlatform();
/** Writes blocks as they are, so that what is written depends on no codec. */
const plain: Platform = {
  ...real,
  codec: { name: 'none', compress: (raw) => raw, decompress: real.codec.decompress.bind(real.codec) },
};
const FORMATS: ObjectFormat[] = ['sha1', 'sha256'];

const golden = (format: ObjectFormat): Buffer =>
  readFileSync(new URL(`./format/plain-${format}.bundle`, import.meta.url));

function sampleDescription(format: ObjectFormat): BundleDescription {
  return {
    points: [{ name: 'one', id: idOf(format, 'e'), safety: false, ...SAMPLE_SUMMARY }],
    requires: [{ name: 'before', id: idOf(format, 'f') }],
  };
}

/** A bundle of the sample objects: blobs in one pack, all else in another. */
async function writeSamples(format: ObjectFormat): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const output = new BundleOutput(plain, { sink: async (bytes) => void pieces.push(Buffer.from(bytes)) });
  await output.write(encodeBundleHeader(plain, format, encodeDescription(sampleDescription(format))));
  const [blobs, others] = sampleObjects(format);
  for (const [packClass, objects] of [['data', blobs] as const, ['metadata', others] as const]) {
    const writer = createPackWriter({ backend: output as never, platform: plain, format }, { packClass });
    for (const object of objects) await addObject(writer, object);
    await writer.finish();
  }
  await output.write(encodeBundleTrailer({ packs: output.packs, objects: blobs.length + others.length }));
  await output.writeDigest();
  return Buffer.concat(pieces);
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

it.each(FORMATS)('a bundle of %s ids is written as ever', async (format) => {
  expect(Buffer.compare(await writeSamples(format), golden(format))).toBe(0);
});

it.each(FORMATS)('a bundle of %s ids is read as ever', async (format) => {
  const { objectFormat, points, requires, reading } = await openBundle(once(golden(format)));
  expect([objectFormat, { points, requires }]).toEqual([format, sampleDescription(format)]);
  const blocks = reading.blocks();
  const found: unknown[] = [];
  let next = await blocks.next();
  for (; next.done !== true; next = await blocks.next()) {
    found.push([next.value.packClass, next.value.records.map(({ id }) => id)]);
  }
  const [blobs, others] = sampleObjects(format).map((block) =>
    block.map((object) => hashObject(real, format, object)),
  );
  expect(found).toEqual([
    ['data', blobs],
    ['metadata', others],
  ]);
  expect(next.value).toEqual({ packs: 2, objects: 5 });
});
