// Files of lines that are read while they are written: what readers get, and that writers never fail.
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { VolatileLines } from '#adapters/backends/volatile-lines.js';
import { VolatileLinesReader } from '#adapters/backends/volatile-lines-reader.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const IS_ROOT = process.getuid?.() === 0;

let folder: string;
let path: string;
let lines: VolatileLines;
let reader: VolatileLinesReader;
beforeEach(() => {
  folder = join(createTemporaryDirectory(), 'cache');
  path = join(folder, 'log-1.jsonl');
  lines = new VolatileLines(path);
  reader = new VolatileLinesReader(path);
});

describe('a reader', () => {
  it('gets each line once, as it is added', () => {
    expect(reader.read()).toEqual([]);
    expect(lines.replace(['a', 'b'])).toBe(true);
    expect(reader.read()).toEqual(['a', 'b']);
    expect(reader.read()).toEqual([]);
    expect(lines.append('é')).toBe('a\nb\né\n'.length + 1);
    expect(lines.append('d')).toBe(9);
    expect(reader.read()).toEqual(['é', 'd']);
  });

  it('gets a line only when all of it is there', () => {
    lines.replace(['a']);
    appendFileSync(path, 'be');
    expect(reader.read()).toEqual(['a']);
    appendFileSync(path, 'gun\nand');
    expect(reader.read()).toEqual(['begun']);
    appendFileSync(path, ' so on\n');
    expect(reader.read()).toEqual(['and so on']);
  });

  it('gets long files whole, whatever is cut where it is read', () => {
    const long = Array.from({ length: 20_000 }, (_, number) => `line ${number} ${'ü'.repeat(number % 17)}`);
    lines.replace(long);
    expect(reader.read()).toEqual(long);
  });

  it('reads to the end of a file before it goes on with the one that takes its place', () => {
    lines.replace(['a']);
    expect(reader.read()).toEqual(['a']);
    lines.append('b');
    lines.replace(['c']);
    lines.append('d');
    expect(reader.read()).toEqual(['b', 'c', 'd']);
  });

  it('waits where the file goes, and goes on with the next one', () => {
    lines.replace(['a']);
    reader.read();
    rmSync(folder, { recursive: true });
    expect(reader.read()).toEqual([]);
    expect(lines.append('b')).toBeUndefined();
    lines.replace(['b']);
    expect(reader.read()).toEqual(['b']);
  });
});

describe('a writer', () => {
  it('makes the folder, but not the one that it is in, and lets nobody else read', () => {
    expect(lines.replace(['a'])).toBe(true);
    expect([folder, path].map((each) => statSync(each).mode & 0o777)).toEqual([0o700, 0o600]);
    expect(new VolatileLines(join(folder, 'neither/there/log')).replace(['a'])).toBe(false);
    expect(readdirSync(folder)).toEqual(['log-1.jsonl']);
  });

  it('follows no link, neither in the place of the file nor of the one that is made', () => {
    mkdirSync(folder);
    const other = join(folder, 'other');
    writeFileSync(other, 'as it was');
    symlinkSync(other, path);
    symlinkSync(other, `${path}.next`);
    expect(lines.append('a')).toBeUndefined();
    expect(lines.replace(['a'])).toBe(true);
    expect(readFileSync(other, 'utf8')).toBe('as it was');
    expect(readFileSync(path, 'utf8')).toBe('a\n');
  });

  it('removes what is beside it and called alike, and nothing else', () => {
    for (const name of ['log-0.jsonl', 'log-2.jsonl.next', 'stat-1']) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, name), '');
    }
    lines.replace(['a']);
    lines.removeOthers('log-');
    expect(readdirSync(folder).sort()).toEqual(['log-1.jsonl', 'stat-1']);
    new VolatileLines(join(folder, 'nowhere/log')).removeOthers('log-');
  });

  it.skipIf(!IS_ROOT)('says where there is no room, and readers get none of a line that did not fit', () => {
    const full = createTemporaryDirectory({ tmpfsSizeBytes: 1 << 16 });
    const [log, read] = [new VolatileLines(join(full, 'log')), new VolatileLinesReader(join(full, 'log'))];
    expect(log.replace(['a'])).toBe(true);
    const line = 'x'.repeat(10_000);
    let written = 0;
    while (log.append(line) !== undefined) written++;
    expect(written).toBeGreaterThan(3);
    expect(log.append('short')).toBeUndefined();
    expect(log.replace([line])).toBe(false);
    expect(readdirSync(full)).toEqual(['log']);
    expect(read.read()).toEqual(['a', ...Array(written).fill(line)]);
    read.close();
  });
});
