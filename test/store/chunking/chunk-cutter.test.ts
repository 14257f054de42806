// What callers rely on: stable cuts, whatever the kernel and the windows, within bounds, that survive changes.
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ChunkCutter, createChunkCutter, DEFAULT_CHUNKING } from '#store/chunking/chunk-cutter.js';
import { concatenate, createHalfEmptyPages, createRandomBytes } from './seeded-bytes.js';
import { cutByWrittenRule } from './written-rule.js';

const SMALL = { minimumBytes: 1024, averageBytes: 4096, maximumBytes: 16384, seed: 7 };
const TINY = { minimumBytes: 64, averageBytes: 100, maximumBytes: 300, seed: 1 };
const KERNELS = ['webassembly', 'javascript'] as const;

describe.each(KERNELS)('the chunk cutter on its %s kernel', (kernel) => {
  const small = createChunkCutter(SMALL, { kernel });
  const tiny = createChunkCutter(TINY, { kernel });

  it('says which kernel it runs on', () => {
    expect(small.kernel).toBe(kernel);
  });

  it('cuts where it always did, with small parameters', () => {
    expect(small.cutAll(createRandomBytes(1, 65536), true)).toEqual([
      3202, 3049, 4227, 1397, 4918, 4283, 3493, 1110, 5177, 3603, 3529, 7076, 4433, 4854, 4353, 6832,
    ]);
  });

  it('cuts where it always did, with the parameters of a store', () => {
    const lengths = createChunkCutter(DEFAULT_CHUNKING, { kernel }).cutAll(
      createRandomBytes(2, 12 << 20),
      true,
    );
    expect(lengths).toEqual([
      885977, 537121, 1084274, 296571, 1780312, 466223, 906910, 1421821, 1706384, 905216, 410860, 902880,
      990561, 287802,
    ]);
  });

  it('cuts where it always did, in half-empty pages', () => {
    expect(small.cutAll(createHalfEmptyPages(3, 65536), true)).toEqual([
      4145, 3412, 4103, 6116, 4738, 2000, 7077, 3772, 3416, 2231, 3358, 1538, 5865, 3072, 3573, 4529, 2591,
    ]);
  });

  it('cuts as the rule is written', () => {
    fc.assert(
      fc.property(inputs(), (bytes) => {
        expect(tiny.cutAll(bytes, true)).toEqual(cutByWrittenRule(bytes, TINY));
      }),
    );
  });

  it('cuts as the rule is written for any sizes and seed', () => {
    fc.assert(
      fc.property(inputs(), parameterSets(), (bytes, parameters) => {
        const lengths = createChunkCutter(parameters, { kernel }).cutAll(bytes, true);
        expect(lengths).toEqual(cutByWrittenRule(bytes, parameters));
      }),
    );
  });

  it('cuts as the rule is written where the input ends near a deadline or a maximum', () => {
    const whole = createHalfEmptyPages(16, 320);
    for (let length = TINY.minimumBytes - 1; length <= whole.length; length++) {
      const bytes = whole.subarray(0, length);
      expect(tiny.cutAll(bytes, true)).toEqual(cutByWrittenRule(bytes, TINY));
    }
  });

  it('gives chunks that make up the input, none too long, and only the last one too short', () => {
    fc.assert(
      fc.property(inputs(), (bytes) => {
        const lengths = tiny.cutAll(bytes, true);
        expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(bytes.length);
        expect(lengths.every((length) => length > 0 && length <= TINY.maximumBytes)).toBe(true);
        expect(lengths.slice(0, -1).every((length) => length >= TINY.minimumBytes)).toBe(true);
      }),
    );
  });

  it('cuts alike whatever windows the input comes in', () => {
    fc.assert(
      fc.property(
        inputs(),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }),
        (bytes, windows) => {
          expect(cutInWindows(tiny, bytes, windows)).toEqual(tiny.cutAll(bytes, true));
        },
      ),
    );
  });

  it('gives chunk by chunk what it gives at once', () => {
    const bytes = createHalfEmptyPages(4, 300_000);
    const lengths: number[] = [];
    for (let at = 0; at < bytes.length; at += lengths[lengths.length - 1]) {
      lengths.push(tiny.nextCut(bytes.subarray(at), true));
    }
    expect(lengths).toEqual(tiny.cutAll(bytes, true));
  });

  it('cuts all-zero input into chunks of the maximum size', () => {
    const { maximumBytes } = SMALL;
    const zeros = new Uint8Array(2 * maximumBytes + 5);
    expect(small.cutAll(zeros, true)).toEqual([maximumBytes, maximumBytes, 5]);
    expect(small.cutAll(zeros, false)).toEqual([maximumBytes, maximumBytes]);
  });

  it('gives nothing for empty input', () => {
    expect(small.cutAll(new Uint8Array(0), true)).toEqual([]);
    expect(small.nextCut(new Uint8Array(0), true)).toBe(0);
    expect(small.nextCut(new Uint8Array(0), false)).toBe(0);
  });

  it('takes what is left as a chunk only where nothing follows', () => {
    const short = createRandomBytes(5, SMALL.minimumBytes - 1);
    expect(small.nextCut(short, false)).toBe(0);
    expect(small.nextCut(short, true)).toBe(short.length);
  });

  it('reads views into larger and shared memory', () => {
    const bytes = createRandomBytes(6, 100_000);
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 3), 3);
    shared.set(bytes);
    expect(small.cutAll(shared, true)).toEqual(small.cutAll(bytes, true));
  });
});

describe('chunks', () => {
  const cutter = createChunkCutter(SMALL);

  it.each([
    ['random bytes', createRandomBytes],
    ['half-empty pages', createHalfEmptyPages],
  ])('of %s have a mean length near the average', (_kind, create) => {
    const bytes = create(8, 8 << 20);
    const mean = bytes.length / cutter.cutAll(bytes, true).length;
    expect(mean / SMALL.averageBytes).toBeGreaterThan(0.85);
    expect(mean / SMALL.averageBytes).toBeLessThan(1.15);
  });

  it('fall into step behind bytes that are put in front', () => {
    const bytes = createRandomBytes(9, 1 << 20);
    const moved = concatenate(createRandomBytes(10, 12_345), bytes);
    expect(countNewBytes(cutter, bytes, moved)).toBeLessThan(12_345 + 8 * SMALL.averageBytes);
  });

  // The shape of a 2 GiB dump with twenty changes of 1 MiB, at 1/256 of its size and of the chunks' sizes.
  it.each([
    ['random bytes', 11, createRandomBytes],
    ['random bytes', 12, createRandomBytes],
    ['half-empty pages', 13, createHalfEmptyPages],
    ['half-empty pages', 14, createHalfEmptyPages],
  ])(
    'of %s (seed %i) hold less than 3 % new after a change of 1 % in twenty places',
    (_kind, seed, create) => {
      const before = create(seed, 8 << 20);
      const after = before.slice();
      const placeBytes = before.length / 100 / 20;
      for (let place = 0; place < 20; place++) {
        const at = Math.floor((place + createRandomBytes(seed + place, 1)[0] / 256) * (before.length / 21));
        after.set(create(seed + 100 + place, Math.ceil(placeBytes)), at);
      }
      expect(countNewBytes(cutter, before, after)).toBeLessThan(before.length * 0.03);
    },
  );
});

describe('creating a chunk cutter', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('takes WebAssembly where it is there', () => {
    expect(createChunkCutter(SMALL).kernel).toBe('webassembly');
  });

  it('falls back to JavaScript where WebAssembly is missing', () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect(createChunkCutter(SMALL).kernel).toBe('javascript');
  });

  it('refuses to pretend where WebAssembly is asked for and missing', () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect(() => createChunkCutter(SMALL, { kernel: 'webassembly' })).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED' }),
    );
  });

  it.each([
    ['a minimum shorter than what a hash covers', { minimumBytes: 63 }],
    ['a minimum that is not below the average', { minimumBytes: 4096 }],
    ['an average that is not below the maximum', { averageBytes: 16384 }],
    ['a maximum above 64 MiB', { maximumBytes: 64 * 1024 * 1024 + 1 }],
    ['half a byte', { averageBytes: 4096.5 }],
    ['no number', { maximumBytes: Number.NaN }],
    ['a negative seed', { seed: -1 }],
    ['a seed of more than 32 bits', { seed: 2 ** 32 }],
    ['a broken seed', { seed: 0.5 }],
  ])('refuses %s', (_what, change) => {
    expect(() => createChunkCutter({ ...SMALL, ...change })).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    );
  });

  it('takes the widest bounds', () => {
    const widest = { minimumBytes: 64, averageBytes: 65, maximumBytes: 64 * 1024 * 1024, seed: 2 ** 32 - 1 };
    const bytes = createRandomBytes(15, 2000);
    expect(createChunkCutter(widest).cutAll(bytes, true)).toEqual(cutByWrittenRule(bytes, widest));
  });
});

/** Varied bytes, few different ones, and runs of one: with many cuts, with equal hashes, and with none. */
function inputs(): fc.Arbitrary<Uint8Array> {
  const varied = fc.uint8Array({ maxLength: 400, size: 'max' });
  const few = fc.uint8Array({ max: 1, maxLength: 400, size: 'max' });
  const run = fc.tuple(fc.nat(255), fc.nat(900)).map(([byte, length]) => new Uint8Array(length).fill(byte));
  const repeated = fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 90 }), fc.nat(12))
    .map(([part, times]) => concatenate(...Array.from({ length: times }, () => part)));
  return fc
    .array(fc.oneof(varied, few, run, repeated), { maxLength: 5 })
    .map((parts) => concatenate(...parts));
}

function parameterSets() {
  return fc
    .record({ minimumBytes: fc.integer({ min: 64, max: 120 }), more: fc.integer({ min: 1, max: 150 }) })
    .chain(({ minimumBytes, more }) =>
      fc.record({
        minimumBytes: fc.constant(minimumBytes),
        averageBytes: fc.constant(minimumBytes + more),
        maximumBytes: fc.integer({ min: minimumBytes + more + 1, max: minimumBytes + more + 300 }),
        seed: fc.nat(2 ** 32 - 1),
      }),
    );
}

/** Feeds `bytes` in pieces of `windows` bytes, in turn; what is left uncut waits for the next piece. */
function cutInWindows(cutter: ChunkCutter, bytes: Uint8Array, windows: number[]): number[] {
  const lengths: number[] = [];
  let cut = 0;
  let known = 0;
  for (let turn = 0; known < bytes.length; turn++) {
    known = Math.min(known + windows[turn % windows.length], bytes.length);
    for (const length of cutter.cutAll(bytes.subarray(cut, known), known === bytes.length)) {
      lengths.push(length);
      cut += length;
    }
  }
  return lengths;
}

/** How many bytes the chunks of `after` hold that are no chunks of `before`. */
function countNewBytes(cutter: ChunkCutter, before: Uint8Array, after: Uint8Array): number {
  const known = new Set(listChunks(cutter, before));
  return listChunks(cutter, after).reduce((sum, chunk) => (known.has(chunk) ? sum : sum + chunk.length), 0);
}

/** Every chunk as a string of one character a byte. */
function listChunks(cutter: ChunkCutter, bytes: Uint8Array): string[] {
  let end = 0;
  return cutter.cutAll(bytes, true).map((length) => {
    const start = end;
    end += length;
    return Buffer.from(bytes.subarray(start, end)).toString('latin1');
  });
}
