// Where supervisord is down nothing is known of what runs: that is said, asked for again only in vain, and is no reason to fail
// where it was so before.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { manifestAdapter } from '#adapters/manifest/manifest-adapter.js';
import { applySteps, captureState, compareStates } from '../../fixtures/drive-adapter.js';
import { createSupervisorInstance, programSection } from './supervisor-instance.js';

const WEB = programSection('web', '/bin/sleep 1001');
const WEB_BROKEN = programSection('web', '/bin/sleep 2002');

test('a point of a host on which supervisord is down has no programs, and says so', async () => {
  const { settings, put } = createSupervisorInstance();
  put({ 'a.conf': WEB });
  const state = await captureState(manifestAdapter, { settings });
  expect([...state.documents.keys()].filter((path) => path.startsWith('state/'))).toEqual([]);
  expect(state.problems).toEqual([
    {
      object: 'services',
      code: 'STATE_UNREADABLE',
      message: expect.stringMatching(
        /^can not be read: 'supervisorctl .* status' ended with exit code 4: .*no such file/,
      ),
    },
  ]);
  expect(await manifestAdapter.health?.({ component: 'it', settings })).toMatchObject({
    level: 'unhealthy',
    problems: [{ object: 'services', code: 'STATE_UNREADABLE' }],
  });
});

test('a rollback while supervisord is down fails with what its program says, and the way back from it does not', async () => {
  const supervisor = createSupervisorInstance();
  const { settings } = supervisor;
  supervisor.put({ 'a.conf': WEB });
  supervisor.start();
  await supervisor.reach(['web'], 'RUNNING');
  const recorded = await captureState(manifestAdapter, { settings });
  supervisor.put({ 'a.conf': WEB_BROKEN });
  await supervisor.stop();

  const files = [join(supervisor.programs, 'a.conf')];
  const down = await captureState(manifestAdapter, { settings });
  const plan = await compareStates(manifestAdapter, { from: down, to: recorded }, { settings });
  expect(plan.steps[0].text).toContain('what runs can not be read now');
  const there = await applySteps(manifestAdapter, plan.steps, {
    ...{ settings, from: down, to: recorded },
    putFiles: () => supervisor.put({ 'a.conf': WEB }),
  });
  expect(there.problems.map(({ code }) => code)).toEqual(['STATE_REFUSED']);
  expect(there.problems[0].message).toMatch(
    /ended with exit code 1 and said: .*\. what runs can not be read: .*no such file\. Mend /,
  );

  const from = await captureState(manifestAdapter, { settings });
  const planBack = await compareStates(manifestAdapter, { from, to: down }, { settings, files });
  expect(planBack.steps).toHaveLength(1);
  const back = await applySteps(manifestAdapter, planBack.steps, {
    ...{ settings, from, to: down },
    putFiles: () => supervisor.put({ 'a.conf': WEB_BROKEN }),
  });
  expect(back.problems).toEqual([]);

  supervisor.start();
  await supervisor.reach(['web'], 'RUNNING');
  const up = await captureState(manifestAdapter, { settings });
  expect((await compareStates(manifestAdapter, { from: up, to: down }, { settings })).steps).toEqual([]);
});
