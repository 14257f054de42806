// Guarded changes of a program that uses the library: functions as changes and as checks, triggers, and what an abort does.
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parseConfiguration } from '#src/configuration/parse-configuration.js';
import { cancelGuard, confirmGuard } from '#src/guard/confirm-guard.js';
import { type GuardOptions, guard } from '#src/guard/guard.js';
import { follow } from '#src/rollback/follow.js';
import { openOperationLog } from '#store/operations/operation-log.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';
import { endWatchdogs } from './end-watchdogs.js';

let tree: SavedTree;
beforeEach(async () => {
  tree = await createSavedTree();
  onTestFinished(() => endWatchdogs(tree.session.location));
  for (const name of ['app', 'web']) {
    mkdirSync(join(tree.root, name));
    tree.write(`${name}/file`, 'before');
  }
});

const content = (name = 'app') => readFileSync(join(tree.root, name, 'file'), 'utf8');
const log = () => join(tree.directory, 'log');

function update(): void {
  for (const name of ['app', 'web']) tree.write(`${name}/file`, 'after');
}

/** Guards what `run` does, by two components and `guarding`. */
function guarded(
  run: (signal: AbortSignal) => Promise<void>,
  guarding: object = {},
  more: Partial<GuardOptions> = {},
) {
  const component = (name: string) => ({ kind: 'files', paths: [join(tree.root, name)] });
  const file = { components: { app: component('app'), web: component('web') }, guard: guarding };
  const configuration = parseConfiguration(JSON.stringify(file), 'savepoint.yaml');
  return guard(tree.session, { change: { name: 'update', run }, configuration, ...more });
}

describe('a guarded function', () => {
  it('that is done stays, and is named in the log', async () => {
    expect(await guarded(async () => update())).toMatchObject({ state: 'confirmed', command: ['update'] });
    expect(content()).toBe('after');
    const entries = await openOperationLog(tree.session.store).read();
    expect(entries.at(-1)).toMatchObject({ kind: 'guard', command: ['guard', 'update'], outcome: 'done' });
  });

  it('that throws is taken back', async () => {
    const run = async () => {
      update();
      throw new Error('out of luck');
    };
    expect(await guarded(run)).toMatchObject({
      ...{ state: 'reverted', trigger: 'failure', reason: 'the change failed: out of luck' },
      safety: { name: expect.stringContaining('safety-') },
    });
    expect(content()).toBe('before');
  });

  it('that takes too long is told to stop, and taken back', async () => {
    let wasStopped = false;
    const run = (signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        update();
        signal.addEventListener('abort', () => {
          wasStopped = true;
          resolve();
        });
      });
    expect(await guarded(run, { timeout: '300ms' })).toMatchObject({ state: 'reverted', trigger: 'timeout' });
    expect([wasStopped, content()]).toEqual([true, 'before']);
  });

  it('goes back where a check of the program itself does not come to hold', async () => {
    const look = async () => (content() === 'after' ? 'it is after' : true);
    const check = { probe: { kind: 'function', name: 'mine', look }, required: true } as const;
    const health = [{ ...check, intervalMs: 5, timeoutMs: 1000, deadlineMs: 30 }];
    expect(await guarded(async () => update(), {}, { health })).toMatchObject({
      ...{ state: 'reverted', trigger: 'failure', reason: 'function mine it is after' },
    });
    expect(content()).toBe('before');
  });

  it('is not begun after an abort, and is taken back by one while it runs', async () => {
    const early = guarded(async () => update(), {}, { signal: AbortSignal.abort() });
    await expect(early).rejects.toMatchObject({ code: 'ABORTED' });
    expect(content()).toBe('before');
    const stop = new AbortController();
    const run = async (signal: AbortSignal) => {
      update();
      stop.abort();
      if (signal.aborted) throw new Error('stopped');
    };
    expect(await guarded(run, {}, { signal: stop.signal })).toMatchObject({ state: 'reverted' });
    expect(content()).toBe('before');
  });
});

describe('a trigger', () => {
  it('takes a change on trial back, and with it only what the trouble is about', async () => {
    const triggers = [{ on: 'critical-log', file: log(), components: ['web'] }];
    writeFileSync(log(), 'FATAL: before\n');
    const onStatus = ({ needsConfirmation }: { needsConfirmation: boolean }) => {
      if (needsConfirmation && readFileSync(log(), 'utf8').length < 20)
        appendFileSync(log(), 'FATAL: web is down\n');
    };
    const result = await guarded(
      async () => update(),
      { triggers, partial: true, confirm: '60s' },
      { onStatus },
    );
    expect(result).toMatchObject({
      state: 'reverted',
      trigger: 'critical-log',
      reason: `${log()} says: FATAL: web is down`,
    });
    expect([content('app'), content('web')]).toEqual(['after', 'before']);
  });

  it('that is only to report lets the change stay', async () => {
    const triggers = [
      { on: 'critical-log', file: log(), do: 'report' },
      { on: 'failure', do: 'report' },
    ];
    const run = async () => {
      update();
      writeFileSync(log(), 'FATAL: told\n');
      throw new Error('told, too');
    };
    expect(await guarded(run, { triggers })).toMatchObject({ state: 'confirmed' });
    expect(content()).toBe('after');
  });

  it('finds watched files that the change has touched', async () => {
    const paths = [join(tree.root, 'web')];
    const result = await guarded(async () => update(), { triggers: [{ on: 'corruption', paths }] });
    expect(result).toMatchObject({ state: 'reverted', trigger: 'corruption' });
    expect([content('app'), content('web')]).toEqual(['before', 'before']);
  });
});

describe('a change on trial', () => {
  it('that is confirmed while its checks are waited for stays once they hold', async () => {
    const ready = join(tree.directory, 'ready');
    let confirming: Promise<unknown> | undefined;
    const onStatus = ({
      state,
      awaitsHealth,
      needsConfirmation,
    }: {
      state: string;
      awaitsHealth: boolean;
      needsConfirmation: boolean;
    }) => {
      if (state !== 'trial') return;
      if (needsConfirmation) confirming ??= confirmGuard(tree.session);
      if (!needsConfirmation && awaitsHealth) writeFileSync(ready, '');
    };
    const guarding = { confirm: '60s', health: [{ file: ready, interval: '20ms' }] };
    const result = await guarded(async () => update(), guarding, { onStatus });
    expect(await confirming).toMatchObject({ state: 'confirmed' });
    expect(result).toMatchObject({
      state: 'confirmed',
      confirmedBy: expect.anything(),
      health: { level: 'healthy' },
    });
  });

  it('goes back where a check that held fails again and again while people are waited for', async () => {
    const guarding = { confirm: '60s', health: [{ file: join(tree.root, 'app/file'), interval: '20ms' }] };
    const onStatus = ({
      awaitsHealth,
      needsConfirmation,
    }: {
      awaitsHealth: boolean;
      needsConfirmation: boolean;
    }) => {
      if (needsConfirmation && !awaitsHealth) tree.remove('app/file');
    };
    let removed = false;
    const once = (status: { awaitsHealth: boolean; needsConfirmation: boolean }) => {
      if (removed || !status.needsConfirmation || status.awaitsHealth) return;
      onStatus(status);
      removed = true;
    };
    const result = await guarded(async () => update(), guarding, { onStatus: once });
    expect(result).toMatchObject({ state: 'reverted', trigger: 'failure' });
    expect(content()).toBe('before');
  }, 60_000);
});

describe('who follows a guarded change', () => {
  it('hears of each of its states until it is over, and how it ended', async () => {
    const result = await guarded(async () => update(), { confirm: '60s' }, { detach: true });
    const following = follow(tree.session, result.id.slice(0, 8));
    const states: string[] = [];
    let cancelled: Promise<unknown> | undefined;
    for (;;) {
      const { done, value } = await following.next();
      if (done === true) {
        expect(value).toMatchObject({ id: result.id, kind: 'guard', outcome: 'reverted' });
        break;
      }
      if (value.kind === 'guard') states.push(value.state);
      cancelled ??= cancelGuard(tree.session);
    }
    await cancelled;
    expect([states[0], states.at(-1)]).toEqual(['trial', 'reverted']);
    expect(content()).toBe('before');
  });
});
