// The log of an operation's progress: readers get each event once, and it is in nobody's way.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openProgressLog } from '#src/rollback/progress-log.js';
import { ProgressLogReader } from '#src/rollback/progress-log-reader.js';
import type { RollbackPhase, RollbackProgress } from '#src/rollback/rollback-progress.js';
import type { Session } from '#src/session.js';
import type { OperationId } from '#store/operations/operation-entry.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const IS_ROOT = process.getuid?.() === 0;
const ID = 'ab'.repeat(16) as OperationId;

let session: Session;
let folder: string;
beforeEach(() => {
  session = { location: createTemporaryDirectory() } as Session;
  folder = join(session.location, 'cache');
});

const file = () => join(folder, `progress-${ID}.jsonl`);

function event(phase: RollbackPhase, files: number): RollbackProgress {
  return {
    ...{ kind: 'progress', operation: ID, phase, percent: 0, files, bytes: 0, component: 'component' },
    at: '2026-01-31T14:05:09.000Z',
  };
}

const counts = (reader: ProgressLogReader) => reader.read().map(({ files }) => files);

describe('the log of progress', () => {
  it('gives who reads along each event once, however long it gets, and stays short', () => {
    const log = openProgressLog(session, ID);
    const reader = new ProgressLogReader(session, ID);
    const read: number[] = [];
    let most = 0;
    for (let number = 1; number <= 20_000; number++) {
      log.append(event(number < 5 ? 'staging' : 'applying', number));
      if (number % 7 === 0) read.push(...counts(reader));
      most = Math.max(most, statSync(file()).size);
    }
    read.push(...counts(reader));
    expect(read).toEqual(Array.from({ length: 20_000 }, (_, index) => index + 1));
    expect(most).toBeGreaterThan(900_000);
    expect(most).toBeLessThan(1_100_000);
    reader.close();
  });

  it('gives who comes late the latest event of each phase that is over, and what is kept of this one', () => {
    const log = openProgressLog(session, ID);
    log.append(event('staging', 1));
    log.append(event('staging', 2));
    for (let number = 3; number <= 6000; number++) log.append(event('applying', number));
    const late = counts(new ProgressLogReader(session, ID));
    expect(late[0]).toBe(2);
    expect(late.at(-1)).toBe(6000);
    expect(late).toEqual([...late].sort((left, right) => left - right));
  });

  it('of one who goes on with an operation is read from its start', () => {
    openProgressLog(session, ID).append(event('applying', 1));
    const reader = new ProgressLogReader(session, ID);
    expect(counts(reader)).toEqual([1]);
    const next = openProgressLog(session, ID);
    next.append(event('applying', 10));
    next.append(event('verifying', 11));
    expect(counts(reader)).toEqual([10, 11]);
  });

  it('is gone when the next operation begins', () => {
    openProgressLog(session, ID).append(event('ended', 1));
    writeFileSync(join(folder, 'points'), '');
    const next = 'cd'.repeat(16) as OperationId;
    openProgressLog(session, next).append(event('preflight', 1));
    expect(readdirSync(folder).sort()).toEqual(['points', `progress-${next}.jsonl`]);
  });

  it('is written anew where somebody has deleted the cache', () => {
    const log = openProgressLog(session, ID);
    const reader = new ProgressLogReader(session, ID);
    log.append(event('staging', 1));
    expect(counts(reader)).toEqual([1]);
    rmSync(folder, { recursive: true });
    log.append(event('applying', 2));
    expect(counts(reader)).toEqual([2]);
  });

  it('written anew has its events in their order', () => {
    const log = openProgressLog(session, ID);
    log.append(event('staging', 1));
    log.append(event('applying', 2));
    rmSync(folder, { recursive: true });
    log.append(event('staging', 3));
    expect(counts(new ProgressLogReader(session, ID))).toEqual([2, 3]);
  });

  it('is passed over where it is damaged, and refused where a newer version wrote it', () => {
    const log = openProgressLog(session, ID);
    log.append(event('staging', 1));
    log.append(event('staging', 2));
    const text = readFileSync(file(), 'utf8');
    writeFileSync(file(), text.replace('"number":1,', '"number:1,'));
    expect(counts(new ProgressLogReader(session, ID))).toEqual([2]);
    writeFileSync(file(), text.replace('"format":1', '"format":2'));
    expect(() => new ProgressLogReader(session, ID).read()).toThrow(/newer version/);
  });

  it.skipIf(!IS_ROOT)('keeps quiet on a full disk, hardly tries, and goes on when there is room', () => {
    const location = createTemporaryDirectory({ tmpfsSizeBytes: 1 << 16 });
    mkdirSync(join(location, 'cache'));
    const filler = join(location, 'filler');
    let nowMs = 0;
    const log = openProgressLog({ location } as Session, ID, () => nowMs);
    const name = join(location, 'cache', `progress-${ID}.jsonl`);
    writeFileSync(filler, 'x'.repeat(1 << 16));
    log.append(event('applying', 1));
    rmSync(filler);
    log.append(event('applying', 2));
    expect(existsSync(name)).toBe(false);
    nowMs += 1001;
    log.append(event('applying', 3));
    expect(counts(new ProgressLogReader({ location } as Session, ID))).toEqual([3]);
  });
});
