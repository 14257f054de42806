// The benchmark's harness works: small data, one round, one tool. It says nothing about speed.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const bench = fileURLToPath(new URL('bench.mjs', import.meta.url));

/** A `cp` that flips the first byte of the first file that it restores. */
const damagingCopy = `#!/bin/sh
/bin/cp "$@" || exit 1
for target; do :; done
case "$target" in */savepoint-bench-restores-*) ;; *) exit 0 ;; esac
file=$(find "$target" -type f | head -n 1)
printf X | dd of="$file" bs=1 count=1 conv=notrunc 2>/dev/null
`;

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

interface Entry {
  set: string;
  measure: string;
  tool: string;
}

interface Written {
  machine: { cpus: number };
  tools: { name: string; version: string }[];
  sets: Record<string, { files: number; bytes: number }>;
  samples: (Entry & { round: number; value: number; peakBytes?: number })[];
  gaps: (Entry & { kind: string })[];
  remarks: Entry[];
}

function runBench(argv: string[], programs = ''): Promise<Outcome> {
  const env = { ...process.env, PATH: [programs, process.env.PATH].filter(Boolean).join(delimiter) };
  return new Promise((resolve) => {
    execFile(process.execPath, [bench, ...argv], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

describe('the benchmark harness', () => {
  const data = mkdtempSync(join(tmpdir(), 'savepoint-bench-test-'));
  let outcome: Outcome;
  let written: Written;

  beforeAll(async () => {
    outcome = await runBench(['--small', '--rounds', '1', '--only', 'tar', '--data', data]);
    written = JSON.parse(readFileSync(join(data, 'results.json'), 'utf8'));
  });
  afterAll(() => rmSync(data, { recursive: true, force: true }));

  it('prints nothing but one table, with a figure for each data set that tar can save', () => {
    expect(outcome).toMatchObject({ code: 0 });
    const lines = outcome.stdout.trimEnd().split('\n');
    expect(lines.filter((line) => !line.startsWith('| ') || !line.endsWith(' |'))).toEqual([]);
    expect(lines[0]).toBe('|  | tar, zstd -1 | tar, zstd -3 |');
    const firstSaves = lines.filter((line) => line.includes(': first save |'));
    expect(firstSaves).toHaveLength(4);
    for (const line of firstSaves) expect(line).toMatch(/\| [\d.]+ s[^|]* \| [\d.]+ s[^|]* \|$/);
  });

  it('says why a tool has no figure where it does not offer the work', () => {
    expect(outcome.stdout).toContain('(small): unchanged save | n/a: saves everything again |');
    expect(written.gaps.length).toBeGreaterThan(0);
    expect(written.gaps.filter((gap) => gap.kind !== 'unsupported')).toEqual([]);
  });

  it('writes every sample with CPU, memory, versions and machine as JSON', () => {
    for (const tool of ['tar-1', 'tar-3']) {
      for (const set of ['source', 'tiny', 'dump', 'single']) {
        for (const measure of ['first-save', 'restore']) {
          const found = written.samples.filter(
            (sample) => sample.tool === tool && sample.set === set && sample.measure === measure,
          );
          expect(found).toEqual([
            expect.objectContaining({ round: 1, value: expect.any(Number), peakBytes: expect.any(Number) }),
          ]);
          expect(found[0].value).toBeGreaterThan(0);
        }
      }
    }
    expect(written.machine.cpus).toBeGreaterThan(0);
    expect(written.tools[0].version).toMatch(/tar.*; .*zstandard/i);
    expect(written.sets.tiny.files).toBe(1000);
  });

  it('stores less at level 3 than at level 1, and either less than the data', () => {
    const stored = (tool: string) =>
      written.samples.find(
        (sample) => sample.tool === tool && sample.set === 'dump' && sample.measure === 'stored-size',
      )?.value;
    expect(stored('tar-3')).toBeLessThan(stored('tar-1') as number);
    expect(stored('tar-1')).toBeLessThan(written.sets.dump.bytes / 2);
  });

  it('removes its stores and its lock', () => {
    expect(readdirSync(data).sort()).toEqual(['results.json', 'small']);
  });

  it('has no figure for a restore that came out wrong, and fails', async () => {
    const programs = join(data, 'programs');
    mkdirSync(programs);
    writeFileSync(join(programs, 'cp'), damagingCopy, { mode: 0o755 });
    const out = join(data, 'wrong.json');
    const small = ['--small', '--rounds', '1', '--data', data, '--out', out];
    const wrong = await runBench([...small, '--only', 'cp', '--sets', 'source'], programs);
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toMatch(/full restore to tmpfs \| \*\*wrong\*\*: /);
    expect(wrong.stdout).toMatch(/one file back \| \*\*wrong\*\*: /);
    expect(wrong.stdout).toMatch(/first save \| [\d.]+ s/);
  });

  it('refuses a tool, a measure or a number that it does not know, and names the right words', async () => {
    const wrongTool = await runBench(['--only', 'tarr']);
    expect(wrongTool).toMatchObject({ code: 2, stdout: '' });
    expect(wrongTool.stderr).toContain('"tarr": it takes savepoint, restic, borg, git, tar');
    expect(await runBench(['--measures', 'speed'])).toMatchObject({ code: 2 });
    expect(await runBench(['--rounds', '0'])).toMatchObject({ code: 2 });
  });
});
