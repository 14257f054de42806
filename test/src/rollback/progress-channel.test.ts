// Readers of an operation's progress in its own process: each from the beginning, at its own pace, in bounded memory.
import { describe, expect, it } from 'vitest';
import { ProgressChannel } from '#src/rollback/progress-channel.js';
import type { RollbackPhase, RollbackProgress } from '#src/rollback/rollback-progress.js';
import type { OperationId } from '#store/operations/operation-entry.js';
import { collect } from '../../fixtures/saved-tree.js';

function progress(phase: RollbackPhase, files: number): RollbackProgress {
  const operation = 'ab'.repeat(16) as OperationId;
  return { kind: 'progress', operation, phase, percent: 0, files, bytes: 0, at: '' };
}

const counts = async (channel: ProgressChannel) =>
  (await collect(channel.read())).map(({ phase, files }) => `${phase} ${files}`);

describe('a channel', () => {
  it('gives who reads along every event, and who comes late the latest of each phase', async () => {
    const channel = new ProgressChannel();
    channel.tell(progress('staging', 1));
    channel.tell(progress('staging', 2));
    const early = channel.read();
    expect((await early.next()).value).toMatchObject({ files: 2 });
    const next = early.next();
    channel.tell(progress('applying', 3));
    expect((await next).value).toMatchObject({ files: 3 });
    channel.tell(progress('applying', 4));
    channel.end();
    expect((await early.next()).value).toMatchObject({ files: 4 });
    expect((await early.next()).done).toBe(true);
    expect(await counts(channel)).toEqual(['staging 2', 'applying 4']);
  });

  it('keeps no more for a slow reader than the latest event of each phase', async () => {
    const channel = new ProgressChannel();
    const slow = channel.read();
    channel.tell(progress('staging', 1));
    await slow.next();
    for (let files = 2; files <= 1000; files++) channel.tell(progress('staging', files));
    for (let files = 1; files <= 1000; files++) channel.tell(progress('applying', files));
    channel.end();
    expect((await collect(slow)).map(({ files }) => files)).toEqual([1000, 1000]);
  });

  it('throws what the operation throws, after all that it said', async () => {
    const channel = new ProgressChannel();
    const reading = counts(channel);
    const seen: number[] = [];
    channel.tell(progress('staging', 1));
    channel.end({ error: new Error('it failed') });
    await expect(reading).rejects.toThrow('it failed');
    const read = async () => {
      for await (const { files } of channel.read()) seen.push(files);
    };
    await expect(read()).rejects.toThrow('it failed');
    expect(seen).toEqual([1]);
  });

  it('forgets readers that stop', async () => {
    const channel = new ProgressChannel();
    channel.tell(progress('staging', 1));
    for await (const _ of channel.read()) break;
    const kept = (channel as unknown as { readers: Set<unknown> }).readers;
    expect(kept.size).toBe(0);
  });
});
