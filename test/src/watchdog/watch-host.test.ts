// What the watchdog does about what it finds, and what keeps it from doing too much.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Configuration } from '#src/configuration/configuration.js';
import { parseConfiguration } from '#src/configuration/parse-configuration.js';
import { cancelGuard } from '#src/guard/confirm-guard.js';
import { guard } from '#src/guard/guard.js';
import { saveConfigured } from '#src/save-configured.js';
import { backOff, recentRollbacks } from '#src/watchdog/respond.js';
import type { WatchEvent } from '#src/watchdog/watch-event.js';
import { watchHost } from '#src/watchdog/watch-host.js';
import type { OperationEntry } from '#store/operations/operation-entry.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';
import { waitFor } from '../../fixtures/wait-for.js';
import { endWatchdogs } from '../guard/end-watchdogs.js';

let tree: SavedTree;
beforeEach(async () => {
  tree = await createSavedTree();
  onTestFinished(() => endWatchdogs(tree.session.location));
  tree.write('port', '80');
});

const content = () => readFileSync(join(tree.root, 'port'), 'utf8');
const log = () => join(tree.directory, 'log');

/** One component, a check that its file says 80, and whatever `guarding` adds. */
function configure(guarding: object = {}): Configuration {
  const file = {
    components: { tree: { kind: 'files', paths: [tree.root] } },
    guard: {
      triggers: ['failure', { on: 'critical-log', file: log() }],
      health: [{ command: `grep -q 80 '${join(tree.root, 'port')}'`, interval: '5ms' }],
      backOff: '1ms',
      ...guarding,
    },
  };
  return parseConfiguration(JSON.stringify(file), 'savepoint.yaml');
}

/** Watches until the test is over. */
function watch(configuration: Configuration) {
  const stop = new AbortController();
  const events: WatchEvent[] = [];
  const watching = watchHost(tree.session, {
    ...{ configuration, signal: stop.signal },
    onEvent: (event) => events.push(event),
  });
  const end = async () => {
    stop.abort();
    await watching;
  };
  onTestFinished(end);
  const count = (kind: WatchEvent['kind']) => events.filter((event) => event.kind === kind).length;
  return {
    events,
    end,
    until: (kind: WatchEvent['kind'], times = 1) => waitFor(() => count(kind) >= times, kind),
  };
}

describe('the watchdog', () => {
  it('rolls back to the latest healthy point once a check fails, and leaves it at that', async () => {
    const configuration = configure();
    await saveConfigured(tree.session, configuration);
    tree.write('port', '81');
    await saveConfigured(tree.session, configuration);
    const { events, until, end } = watch(configuration);
    await until('rolled-back');
    expect(content()).toBe('80');
    await until('well');
    await end();
    expect(events).toMatchObject([
      { kind: 'watching', triggers: ['failure', 'critical-log'], checks: 1 },
      { kind: 'found', trigger: 'failure' },
      { kind: 'rolled-back', outcome: 'done' },
      { kind: 'well' },
    ]);
  });

  it('does nothing where the state is the good one already, nor where no point is known to be good', async () => {
    const configuration = configure({ health: [{ file: join(tree.directory, 'ready'), interval: '5ms' }] });
    const { events, until } = watch(configuration);
    await until('held-back');
    expect(events.at(-1)).toMatchObject({
      reason: expect.stringContaining('no point that is known to be good'),
    });
    writeFileSync(join(tree.directory, 'ready'), '');
    await until('well');
    expect((await saveConfigured(tree.session, configuration)).health.level).toBe('healthy');
    rmSync(join(tree.directory, 'ready'));
    await until('held-back', 2);
    expect(events.at(-1)).toMatchObject({ reason: expect.stringContaining('everything is as at') });
  });

  it('rolls back no more often than it may within an hour, also when it is started again', async () => {
    const configuration = configure({ rollbacksPerHour: 2 });
    await saveConfigured(tree.session, configuration);
    for (let round = 1; round <= 3; round++) {
      const { events, until, end } = watch(configuration);
      tree.write('port', '81');
      await until(round <= 2 ? 'rolled-back' : 'held-back');
      if (round === 3)
        expect(events.at(-1)).toMatchObject({ reason: 'there have been 2 rollbacks within the hour' });
      await end();
    }
    expect(content()).toBe('81');
  });

  it('waits after a rollback, and does nothing more where all is well by then', async () => {
    const configuration = configure({ backOff: '1h' });
    await saveConfigured(tree.session, configuration);
    const { events, until, end } = watch(configuration);
    tree.write('port', '81');
    await until('rolled-back');
    tree.write('port', '82');
    await until('held-back');
    expect(events.at(-1)).toMatchObject({ reason: expect.stringMatching(/waiting for 3\d\d\d s/) });
    await end();
    expect(content()).toBe('82');
  });

  it('goes by critical messages, too, and only tells of those that it is to tell of', async () => {
    const triggers = (doing: string) => [{ on: 'critical-log', file: log(), do: doing }];
    await saveConfigured(tree.session, configure());
    writeFileSync(log(), '');
    const told = watch(configure({ triggers: triggers('report') }));
    await told.until('watching');
    tree.write('port', '81');
    writeFileSync(log(), 'FATAL: first\n');
    await told.until('found');
    await told.end();
    expect(content()).toBe('81');
    const { until } = watch(configure({ triggers: triggers('revert') }));
    await until('watching');
    writeFileSync(log(), 'FATAL: first\nFATAL: second\n');
    await until('rolled-back');
    expect(content()).toBe('80');
  });

  it('leaves a guarded change to its own watchdog', async () => {
    const configuration = configure({ confirm: '60s', triggers: [{ on: 'critical-log', file: log() }] });
    await saveConfigured(tree.session, configuration);
    const { events, until } = watch({ ...configuration });
    await until('watching');
    const change = { name: 'change', run: async () => tree.write('port', '81') };
    const { state } = await guard(tree.session, {
      change,
      paths: [tree.root],
      confirmMs: 60_000,
      detach: true,
    });
    writeFileSync(log(), 'FATAL: of the change\n');
    expect([state, content()]).toEqual(['trial', '81']);
    expect((await cancelGuard(tree.session)).state).toBe('reverted');
    expect(events.map(({ kind }) => kind)).toEqual(['watching']);
  });
});

describe('the time between rollbacks', () => {
  const entry = (agoMs: number, command = 'watchdog') =>
    ({
      command: [command],
      startedAt: new Date(1e12 - agoMs).toISOString(),
      seconds: 0,
    }) as unknown as OperationEntry;
  const wait = (...agoMs: number[]) =>
    backOff(
      recentRollbacks(
        agoMs.map((each) => entry(each)),
        1e12,
      ),
      { guard: { backOffMs: 1000 }, nowMs: 1e12 },
    );

  it('doubles with each of the last hour', () => {
    expect([wait(), wait(200), wait(5000, 200), wait(9000, 5000, 200)]).toEqual([0, 800, 1800, 3800]);
    expect(wait(3_600_001, 200)).toBe(800);
  });

  it('is not made longer than it is by a clock that was set back', () => {
    expect(wait(-86_400_000)).toBe(1000);
  });

  it('knows only what the watchdog did', () => {
    expect(recentRollbacks([entry(1, 'rollback')], 1e12)).toEqual([]);
  });
});
