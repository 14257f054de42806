// What every codec promises the store: sound round trips, frames that every other codec reads, and for damage of any
// kind the one error that says so. A codec passes by handing itself to `describeCodec`.
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { compressBound } from '#store/codec/zstd-frame.js';
import { isSavepointError } from '#store/errors.js';
import type { Codec } from '#store/platform.js';
import { seededBytes, textBytes } from './codec-samples.js';

/** Named for content, maker and level: libzstd 1.5.4 (system), Node 24 with zstd 1.5.7 (node), zstd-codec 0.1.5 (portable). */
const GOLDEN = new URL('../golden/codec/', import.meta.url);
const LARGEST_RECORD_BYTES = (4 << 20) + 64;

export function describeCodec(name: string, open: () => Codec | Promise<Codec>): void {
  describe(name, () => {
    let codec: Codec;
    beforeAll(async () => {
      codec = await open();
    });
    describeRoundTrips(() => codec);
    describeGoldenFrames(() => codec);
    describeDamage(() => codec);
  });
}

function describeRoundTrips(codec: () => Codec): void {
  const roundTrip = (raw: Uint8Array, level: number): Uint8Array =>
    codec().decompress(codec().compress(raw, level).slice(), raw.length);

  test.each([0, 1, 255, 256, 65_791, 65_792, 1 << 20, LARGEST_RECORD_BYTES])(
    '%i bytes come back',
    (length) => {
      for (const raw of [textBytes(length), seededBytes(length), new Uint8Array(length)]) {
        expect(Buffer.compare(roundTrip(raw, 3), raw)).toBe(0);
      }
    },
  );

  test.each([-5, 1, 3, 9, 19])('level %i is understood', (level) => {
    for (const length of [0, 100, 200_000]) {
      const raw = textBytes(length);
      expect(Buffer.compare(roundTrip(raw, level), raw)).toBe(0);
    }
  });

  test('any bytes come back, whatever was compressed before', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 3000, size: 'max' }),
        fc.integer({ min: 1, max: 6 }),
        (raw, level) => {
          expect(Buffer.compare(roundTrip(raw, level), raw)).toBe(0);
        },
      ),
    );
  });

  test('no frame is longer than the bound', () => {
    for (const length of [0, 1, 1000, 1 << 17, (1 << 20) + 7]) {
      expect(codec().compress(seededBytes(length), 3).length).toBeLessThanOrEqual(compressBound(length));
    }
  });

  test('input may be a part of a larger buffer, or shared memory, and stays as it is', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(5000)).subarray(100, 4100);
    shared.set(textBytes(4000));
    const part = textBytes(9000).subarray(123, 4123);
    for (const raw of [shared, part]) {
      const before = raw.slice();
      expect(Buffer.compare(roundTrip(raw, 3), before)).toBe(0);
      expect(Buffer.compare(raw, before)).toBe(0);
    }
  });

  test('what was decompressed belongs to the caller: later calls leave it alone', () => {
    const first = roundTrip(textBytes(5000), 3);
    roundTrip(seededBytes(5000), 3);
    expect(Buffer.compare(first, textBytes(5000))).toBe(0);
    expect(Object.getPrototypeOf(first)).toBe(Uint8Array.prototype);
  });
}

function describeGoldenFrames(codec: () => Codec): void {
  const frames = readdirSync(GOLDEN).filter((file) => file.endsWith('.zst'));

  test('there are golden frames of every codec', () => {
    for (const maker of ['system', 'node', 'portable']) expect(frames).toContain(`text-${maker}-3.zst`);
  });

  test.each(frames)('decodes %s', (file) => {
    const content = file.split('-')[0];
    const raw =
      content === 'zeros' ? new Uint8Array(300_000) : readFileSync(new URL(`${content}.raw`, GOLDEN));
    const frame = readFileSync(new URL(file, GOLDEN));
    expect(Buffer.compare(codec().decompress(frame, raw.length), raw)).toBe(0);
  });
}

function describeDamage(codec: () => Codec): void {
  const raw = readFileSync(new URL('text.raw', GOLDEN));
  const frame = readFileSync(new URL('text-system-3.zst', GOLDEN));
  const expectCorrupt = (bytes: Uint8Array, length = raw.length): void => {
    expect(() => codec().decompress(bytes, length)).toThrow(
      expect.objectContaining({ name: 'SavepointError', code: 'BLOCK_CORRUPT' }),
    );
  };
  const expectSoundAfterwards = (): void => {
    expect(Buffer.compare(codec().decompress(frame, raw.length), raw)).toBe(0);
  };

  test('a frame cut short anywhere is corrupt', () => {
    for (let length = 0; length < frame.length; length++) expectCorrupt(frame.subarray(0, length));
    expectSoundAfterwards();
  });

  test('a frame with anything behind its end is corrupt', () => {
    const skippable = Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0);
    for (const tail of [Uint8Array.of(0), frame, skippable]) expectCorrupt(Buffer.concat([frame, tail]));
    expectCorrupt(Buffer.concat([skippable, frame]));
  });

  test('a sound frame with another length than was stored is corrupt', () => {
    for (const length of [0, raw.length - 1, raw.length + 1, raw.length * 1000]) expectCorrupt(frame, length);
    expectCorrupt(readFileSync(new URL('empty-system-3.zst', GOLDEN)), 1);
  });

  test('a frame that holds more than it declares is corrupt, and is not decoded to its end', () => {
    const bomb = codec()
      .compress(new Uint8Array(4 << 20), 3)
      .slice();
    const headerBytes = 4 + 1 + (bomb[4] & 0x20 ? 0 : 1);
    new DataView(bomb.buffer).setUint32(headerBytes, 1000, true);
    expect(bomb[4] >> 6).toBe(2);
    expectCorrupt(bomb, 1000);
  });

  test('a frame that holds less than it declares is corrupt', () => {
    const longer = codec().compress(textBytes(100_000), 3).slice();
    const view = new DataView(longer.buffer);
    const at = 4 + 1 + (longer[4] & 0x20 ? 0 : 1);
    view.setUint32(at, view.getUint32(at, true) + 1, true);
    expectCorrupt(longer, 100_001);
  });

  test('noise is corrupt', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => expectCorrupt(noise)));
    expectSoundAfterwards();
  });

  test('a flipped bit gives a wrong content of the right length, or the frame is corrupt', () => {
    let refused = 0;
    const bits = fc.array(fc.integer({ min: 0, max: frame.length * 8 - 1 }), { minLength: 1, maxLength: 4 });
    const decodeFlipped = (positions: number[]): void => {
      const damaged = Uint8Array.from(frame);
      for (const bit of positions) damaged[bit >> 3] ^= 1 << (bit & 7);
      try {
        expect(codec().decompress(damaged, raw.length)).toHaveLength(raw.length);
      } catch (error) {
        if (!isSavepointError(error, 'BLOCK_CORRUPT')) throw error;
        refused++;
      }
    };
    fc.assert(fc.property(bits, decodeFlipped), { numRuns: 1500 });
    expect(refused).toBeGreaterThan(100);
    expectSoundAfterwards();
  });
}
