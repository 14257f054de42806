// A database dump of 2 GiB, and its successor, in which one per cent of the bytes differs, in 20 places. As in a
// real dump, changed rows have other lengths, so that everything behind them moves.
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { changeBySwap } from './change-swap.mjs';
import { Random } from './random.mjs';
import { COPY_FOOTER, COPY_HEADER, RowWriter } from './rows.mjs';

const FILE = 'dump.sql';
const FULL_BYTES = 2 * 1024 ** 3;
const SMALL_BYTES = 6 * 1024 ** 2;
const PLACES = 20;
const SHARE = 0.01;
const PIECE_BYTES = 4 * 1024 ** 2;
const NEWLINE = 10;

/** @type {import('./data-set.mjs').DataSet} */
export const dump = {
  name: 'dump',
  title: '2 GiB database dump',
  version: 1,
  measures: [
    'first-save',
    'unchanged-save',
    'changed-save',
    'stored-size',
    'stored-growth',
    'restore',
    'memory',
  ],
  treeBytes: (small) => (small ? SMALL_BYTES : FULL_BYTES),
  copies: 2,
  change: (place) => changeBySwap(place, FILE),
  build: async (place, report) => {
    const original = join(place.tree, FILE);
    report('writing the dump');
    writeDump(original, place.small ? SMALL_BYTES : FULL_BYTES);
    report('writing its successor');
    writeSuccessor(original, join(place.spare, 'after'));
  },
};

/**
 * @param {string} path
 * @param {number} sizeBytes
 */
function writeDump(path, sizeBytes) {
  const rows = new RowWriter({ seed: 1 });
  const piece = new Uint8Array(Math.min(PIECE_BYTES, sizeBytes / 4));
  const file = openSync(path, 'w');
  let written = writeSync(file, COPY_HEADER);
  while (written < sizeBytes) written += writeSync(file, piece, 0, rows.fill(piece));
  writeSync(file, COPY_FOOTER);
  closeSync(file);
}

/**
 * Copies `original`, with new rows in place of the old ones in each of the changed stretches.
 * @param {string} original
 * @param {string} successor
 */
function writeSuccessor(original, successor) {
  const from = openSync(original, 'r');
  const to = openSync(successor, 'w');
  const { size } = fstatSync(from);
  let at = 0;
  for (const [number, stretch] of stretches(from, size).entries()) {
    copyBytes({ from, to, start: at, end: stretch.start });
    const rows = new RowWriter({ seed: 1000 + number, firstId: stretch.firstId });
    const replacement = new Uint8Array(stretch.end - stretch.start);
    writeSync(to, replacement, 0, rows.fill(replacement));
    at = stretch.end;
  }
  copyBytes({ from, to, start: at, end: size });
  closeSync(from);
  closeSync(to);
}

/**
 * The changed stretches: whole rows, one somewhere in each twentieth of the file.
 * @param {number} file
 * @param {number} size of it
 */
function stretches(file, size) {
  const random = new Random(2);
  const length = Math.floor((size * SHARE) / PLACES);
  const room = Math.floor(size / PLACES) - length - 4096;
  return Array.from({ length: PLACES }, (_, place) => {
    const near = Math.floor((size / PLACES) * place) + random.below(room);
    const start = rowStart(file, near);
    const end = rowStart(file, start.at + length);
    return { start: start.at, end: end.at, firstId: start.id };
  });
}

/**
 * Where the first row behind the offset `near` starts, and its number.
 * @param {number} file
 * @param {number} near
 */
function rowStart(file, near) {
  const window = Buffer.alloc(2048);
  readSync(file, window, 0, window.length, near);
  const start = window.indexOf(NEWLINE) + 1;
  return { at: near + start, id: Number.parseInt(window.toString('latin1', start, start + 12), 10) };
}

/** @param {{ from: number, to: number, start: number, end: number }} range */
function copyBytes({ from, to, start, end }) {
  const piece = new Uint8Array(PIECE_BYTES);
  while (start < end) {
    const length = readSync(from, piece, 0, Math.min(piece.length, end - start), start);
    writeSync(to, piece, 0, length);
    start += length;
  }
}
