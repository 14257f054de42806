// One file of 4 GiB whose parts compress differently, as a virtual machine's disk or an archive of mixed content
// does: database rows, random bytes (media, encrypted data), little-endian records, and nearly empty stretches.
import { createCipheriv } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from './random.mjs';
import { RowWriter } from './rows.mjs';

const FILE = 'disk.img';
const FULL_PARTS = 512;
const SMALL_PARTS = 1;
const PART_BYTES = 8 * 1024 ** 2;
const RECORD_BYTES = 16;

/** The share of a part that each kind of content takes, in eighths. */
const EIGHTHS = { rows: 3, random: 2, records: 2, sparse: 1 };

/** @type {import('./data-set.mjs').DataSet} */
export const single = {
  name: 'single',
  title: 'one 4 GiB file',
  version: 1,
  measures: ['first-save', 'unchanged-save', 'stored-size', 'restore', 'memory'],
  treeBytes: (small) => (small ? SMALL_PARTS : FULL_PARTS) * PART_BYTES,
  copies: 1,
  change: () => ({ apply: () => ({ files: 0, bytes: 0 }), revert: () => {} }),
  build: async (place, report) => {
    const parts = place.small ? SMALL_PARTS : FULL_PARTS;
    report('writing the file');
    const file = openSync(join(place.tree, FILE), 'w');
    const write = partWriter();
    for (let part = 0; part < parts; part += 1) writeSync(file, write());
    closeSync(file);
  },
};

/** @returns {() => Uint8Array} the next part; its buffer is used again */
function partWriter() {
  const part = new Uint8Array(PART_BYTES);
  const rows = new RowWriter({ seed: 5 });
  const random = new Random(6);
  const keystream = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16));
  const [text, noise, records, sparse] = cut(part, [
    EIGHTHS.rows,
    EIGHTHS.random,
    EIGHTHS.records,
    EIGHTHS.sparse,
  ]);
  const zeros = Buffer.alloc(noise.length);
  return () => {
    text.fill(32, rows.fill(text));
    noise.set(keystream.update(zeros));
    fillRecords(records, random);
    fillSparse(sparse, random);
    return part;
  };
}

/**
 * Consecutive views of `part`, of so many eighths each.
 * @param {Uint8Array} part
 * @param {number[]} eighths
 */
function cut(part, eighths) {
  const eighth = part.length / 8;
  let at = 0;
  return eighths.map((length) => {
    const start = at;
    at += length * eighth;
    return part.subarray(start, at);
  });
}

/**
 * Sixteen-byte records: a number that goes up, a slowly changing value, a noisy one, flags.
 * @param {Uint8Array} target
 * @param {Random} random
 */
function fillRecords(target, random) {
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  let level = random.below(100_000);
  for (let at = 0; at < target.length; at += RECORD_BYTES) {
    level += random.below(200) - 100;
    view.setUint32(at, at / RECORD_BYTES, true);
    view.setInt32(at + 4, level, true);
    view.setUint32(at + 8, random.below(1 << 20), true);
    view.setUint32(at + 12, random.skewedBelow(8), true);
  }
}

/**
 * Zeros with a few bytes set.
 * @param {Uint8Array} target
 * @param {Random} random
 */
function fillSparse(target, random) {
  target.fill(0);
  for (let set = 0; set < target.length / 512; set += 1) target[random.below(target.length)] = random.next();
}
