// Following operations, in this process: the events, the end, and the ones that can't be followed. follow-command.test.ts has
// the same between processes.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createTemporaryName } from '#adapters/backends/temporary-name.js';
import { journal } from '#src/journal/journal.js';
import { isWorkedOn } from '#src/rollback/begin-operation.js';
import { type FollowOptions, follow } from '#src/rollback/follow.js';
import { recover } from '#src/rollback/recover.js';
import { rollback } from '#src/rollback/rollback.js';
import type { RollbackProgress } from '#src/rollback/rollback-progress.js';
import type { OperationEntry, OperationId } from '#store/operations/operation-entry.js';
import { openOperationLog } from '#store/operations/operation-log.js';
import { atPhase, killRollback } from '../../fixtures/rollback-process.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';

let tree: SavedTree;
beforeEach(async () => {
  tree = await createSavedTree();
  tree.write('file', 'as it was');
  await tree.save('point');
  tree.write('file', 'changed');
});

interface Followed {
  readonly events: readonly RollbackProgress[];
  readonly entry: OperationEntry;
}

async function followToEnd(operation?: string, options: FollowOptions = {}): Promise<Followed> {
  const events: RollbackProgress[] = [];
  const following = follow(tree.session, operation, options);
  for (;;) {
    const { done, value } = await following.next();
    if (done === true) return { events, entry: value };
    if (value.kind === 'progress') events.push(value);
  }
}

describe('following', () => {
  it('an operation that is over gives its events, while they are kept, and its entry', async () => {
    const { operation } = await rollback(tree.session, 'point');
    for (const name of ['2', operation?.slice(0, 6) as string]) {
      const { events, entry } = await followToEnd(name);
      expect(events.map(({ phase }) => phase).slice(0, 2)).toEqual(['preflight', 'safety-point']);
      expect(events.at(-1)).toMatchObject({ phase: 'ended', percent: 100, outcome: 'done' });
      expect(events.filter(({ phase }) => phase === 'ended')).toHaveLength(1);
      expect(entry).toMatchObject({ id: operation, number: 2, outcome: 'done' });
    }
    rmSync(join(tree.session.location, 'cache'), { recursive: true });
    const { events } = await followToEnd('2');
    expect(events).toMatchObject([{ phase: 'ended', percent: 100, outcome: 'done', operation }]);
  });

  it('the next operation waits for it, and says so', async () => {
    let began: Promise<unknown> | undefined;
    const onWait = () => {
      began = rollback(tree.session, 'point');
    };
    const { events, entry } = await followToEnd(undefined, { onWait });
    await began;
    expect(entry).toMatchObject({ kind: 'rollback', number: 2 });
    expect(events.at(-1)).toMatchObject({ phase: 'ended', outcome: 'done' });
  });

  it('the next operation passes over saves and restores, and misses none that is over at once', async () => {
    let began: Promise<unknown> | undefined;
    const onWait = () => {
      began = (async () => {
        await tree.save('another');
        const log = openOperationLog(tree.session.store);
        const [saved] = await log.read();
        await log.append({ ...saved, id: 'ef'.repeat(16) as OperationId, kind: 'restore' });
        await log.append({ ...saved, id: 'ab'.repeat(16) as OperationId, kind: 'undo', outcome: 'failed' });
      })();
    };
    const { entry } = await followToEnd(undefined, { onWait });
    await began;
    expect(entry).toMatchObject({ kind: 'undo', outcome: 'failed' });
  });

  it('one that is not there, or is not clear, is refused', async () => {
    await rollback(tree.session, 'point');
    for (const name of ['17', 'nosuch', '']) {
      await expect(followToEnd(name)).rejects.toMatchObject({ code: 'OPERATION_NOT_FOUND' });
    }
    const log = openOperationLog(tree.session.store);
    const [saved] = await log.read();
    for (const end of ['1', '2'])
      await log.append({ ...saved, id: `abc${end}`.padEnd(32, '0') as OperationId });
    await expect(followToEnd('abc')).rejects.toMatchObject({ code: 'AMBIGUOUS_NAME' });
    expect((await followToEnd('abc2')).entry.kind).toBe('save');
  });

  it('ends where it is aborted, and the operation goes on', async () => {
    const controller = new AbortController();
    const waiting = followToEnd(undefined, { signal: controller.signal, onWait: () => controller.abort() });
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(followToEnd('1', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });

  it('one whose process has died says so, until it is recovered', async () => {
    killRollback(tree.session.location, { point: 'point', phase: 'applying' });
    await expect(followToEnd()).rejects.toMatchObject({
      code: 'RECOVERY_NEEDED',
      message: expect.stringContaining("'savepoint recover'"),
    });
    const id = (await journal.findBegin(tree.session.store))?.id as string;
    const seen: string[] = [];
    const read = async () => {
      for await (const event of follow(tree.session, id))
        if (event.kind === 'progress') seen.push(event.phase);
    };
    await expect(read()).rejects.toMatchObject({ code: 'RECOVERY_NEEDED' });
    expect(seen.at(-1)).toBe('applying');
    let whileRecovering: Promise<Followed> | undefined;
    await recover(tree.session, {
      onProgress: atPhase('applying', () => {
        whileRecovering ??= followToEnd(id);
      }),
    });
    for (const { events, entry } of [await whileRecovering, await followToEnd(id)] as Followed[]) {
      expect(events[0]).toMatchObject({ phase: 'applying', files: 0 });
      expect(events.at(-1)).toMatchObject({ phase: 'ended', outcome: 'done' });
      expect(entry).toMatchObject({ id, outcome: 'done' });
    }
  });

  it('knows that an operation is worked on by who has taken it over', async () => {
    killRollback(tree.session.location, { point: 'point', phase: 'applying' });
    const { store } = tree.session;
    const begin = await journal.findBegin(store);
    if (begin === undefined) throw new Error('there is no operation');
    expect(await isWorkedOn(tree.session, begin)).toBe(false);
    const startedAt = new Date().toISOString();
    await journal.takeOver(store, { id: begin.id, number: 1, process: begin.process, startedAt });
    expect(await isWorkedOn(tree.session, begin)).toBe(false);
    await journal.takeOver(store, { id: begin.id, number: 2, process: createTemporaryName(), startedAt });
    expect(await isWorkedOn(tree.session, begin)).toBe(true);
  });
});
