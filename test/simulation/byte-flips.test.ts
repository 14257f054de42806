// A byte of a store that is not as it was written is reported by `verify`, and never read as if it were: in every file
// of the store, for flipped bits, cut ends, and files that are empty or gone.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, type SeededRandom } from '../fixtures/seeded-random.js';
import { chooseSeeds } from './choose-seeds.js';
import { type Damage, Patient } from './patient.js';

/** In each of two object formats. Each run takes others; SAVEPOINT_TEST_ALL takes more. */
const FLIPS = process.env['SAVEPOINT_TEST_ALL'] === undefined ? 100 : 1000;
const RESTORE_EVERY = 20;
const TRUNCATIONS_OF_A_KIND = 6;

/** Kinds of files, so that damage is done to rare ones as often as to large ones. */
const KINDS = [
  /^packs\//,
  /^index\//,
  /^refs\/.*\.tx$/,
  /^refs\/.*\.snapshot$/,
  /^operations\//,
  /^cache\/stat-/,
  /^cache\/points$/,
  /^store/,
];
/** What is in these is found in other files as well: where it is lost, nothing is. */
const DERIVED = /^(cache|index)\//;

/** One bit in one byte of some file; often at an end of the file, where headers and tables are. */
function chooseFlip(patient: Patient, random: SeededRandom): Damage & { place: string } {
  const file = chooseFile(patient, random);
  const bytes = Buffer.from(patient.original(file));
  const near = Math.min(bytes.length, 300);
  const offset = random.pick([
    random.integer(near),
    bytes.length - 1 - random.integer(near),
    random.integer(bytes.length),
  ]);
  const bit = random.integer(8);
  bytes[offset] ^= 1 << bit;
  return { file, bytes, place: `bit ${bit} of byte ${offset} of ${file}` };
}

function chooseFile(patient: Patient, random: SeededRandom): string {
  const kind = random.pick(KINDS);
  return random.pick(patient.files.filter((file) => kind.test(file)));
}

describe.each(['sha256', 'sha1'] as const)('a %s store', (format) => {
  const [seed] = chooseSeeds(0);
  let patient: Patient;
  beforeAll(async () => {
    patient = await Patient.make(seed, format);
  });
  afterAll(async () => {
    expect(await patient.diagnose()).toEqual([]);
    expect(await patient.read()).toBe(0);
  });

  it('has a file of each kind, and none of another', () => {
    for (const kind of KINDS) expect(patient.files.filter((file) => kind.test(file))).not.toEqual([]);
    expect(patient.files.filter((file) => !KINDS.some((kind) => kind.test(file)))).toEqual([]);
    expect(patient.files.filter((file) => /^packs/.test(file)).length).toBeGreaterThan(3);
  });

  it(`reports each of ${FLIPS} flipped bits, and reads nothing wrong (seed ${seed})`, async () => {
    const random = createRandom(seed);
    let failedReads = 0;
    for (let number = 0; number < FLIPS; number++) {
      const flip = chooseFlip(patient, random);
      patient.damage(flip);
      expect(await patient.diagnose(), flip.place).not.toEqual([]);
      failedReads += await patient.read();
      if (flip.file.startsWith('cache/stat-')) await patient.look();
      if (number % RESTORE_EVERY === 0) await patient.restore();
      patient.mend(flip.file);
    }
    expect(failedReads).toBeGreaterThan(FLIPS / KINDS.length / 2);
  });

  it(`reports files that are cut short or empty, and reads nothing wrong (seed ${seed})`, async () => {
    const random = createRandom(seed + 1);
    for (const kind of KINDS) {
      for (let number = 0; number < TRUNCATIONS_OF_A_KIND; number++) {
        const file = random.pick(patient.files.filter((name) => kind.test(name)));
        const original = patient.original(file);
        const bytes = original.subarray(0, number === 0 ? 0 : random.integer(original.length));
        patient.damage({ file, bytes });
        const found = await patient.diagnose();
        // A cache that is cut between two rows has fewer rows, and is sound.
        if (!file.startsWith('cache/') || bytes.length === 0) {
          expect(found, `${file} cut to ${bytes.length} bytes`).not.toEqual([]);
        }
        const failedReads = await patient.read();
        if (DERIVED.test(file)) {
          expect(failedReads, file).toBe(0);
          await patient.look();
        }
        patient.mend(file);
      }
    }
  });

  it('reports each file that is gone and was needed, and reads nothing wrong', async () => {
    const transactions = patient.files.filter((file) => file.endsWith('.tx'));
    const reported: string[] = [];
    for (const file of patient.files) {
      // Nothing in a store tells that there was one transaction more.
      if (file === transactions.at(-1)) continue;
      patient.damage({ file, bytes: undefined });
      const found = await patient.diagnose();
      const failedReads = await patient.read();
      if (found.length > 0) reported.push(file);
      else expect(failedReads, file).toBe(0);
      if (DERIVED.test(file)) await patient.look();
      patient.mend(file);
    }
    const always = patient.files.filter((file) => /^(packs|store)/.test(file));
    expect(reported).toEqual(expect.arrayContaining(always));
    expect(reported.filter((file) => DERIVED.test(file))).toEqual([]);
  });
});
