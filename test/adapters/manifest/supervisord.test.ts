// Programs of a real supervisord go back to what they were by its own files and commands, and what can't is said by name.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { manifestAdapter } from '#adapters/manifest/manifest-adapter.js';
import type { JsonObject, StateContext } from '#adapters/state/state-adapter.js';
import { applySteps, captureState, compareStates, type DrivenState } from '../../fixtures/drive-adapter.js';
import {
  createSupervisorInstance,
  programSection as program,
  type SupervisorInstance,
} from './supervisor-instance.js';

const WEB = program('web', '/bin/sleep 1001');
const WEB_BROKEN = program('web', '/bin/sleep 2002');
const OTHER = program('other', '/bin/sleep 1002');

async function startWith(files: Readonly<Record<string, string>>, running: readonly string[]) {
  const supervisor = createSupervisorInstance();
  supervisor.put(files);
  supervisor.start();
  await supervisor.reach(running, 'RUNNING');
  return supervisor;
}

function capture({ settings }: SupervisorInstance) {
  return captureState(manifestAdapter, { settings });
}

function stateOf(state: DrivenState): [string, string][] {
  const paths = [...state.documents.keys()].filter((path) => path.startsWith('state/')).sort();
  return paths.map((path) => [path, JSON.parse(state.text(path) ?? '').state]);
}

function pidOf(state: DrivenState, name: string): string {
  const pid = new RegExp(`^${name} +RUNNING +pid (\\d+),`, 'm').exec(state.text('observed/read') ?? '')?.[1];
  if (pid === undefined) throw new Error(`${name} does not run.`);
  return pid;
}

/** Rolls `files` and what runs back to `recorded`. */
async function rollBack(
  supervisor: SupervisorInstance,
  target: { readonly recorded: DrivenState; readonly files: Readonly<Record<string, string>> },
  options: { readonly repeat?: boolean; readonly settings?: JsonObject } = {},
) {
  const { settings = supervisor.settings, repeat = false } = options;
  const from = await captureState(manifestAdapter, { settings });
  const files = Object.keys({ ...supervisor.files(), ...target.files }).map((name) =>
    join(supervisor.programs, name),
  );
  const plan = await compareStates(manifestAdapter, { from, to: target.recorded }, { settings, files });
  const applied = await applySteps(manifestAdapter, plan.steps, {
    ...{ settings, from, to: target.recorded, repeat },
    putFiles: () => supervisor.put(target.files),
  });
  const after = await captureState(manifestAdapter, { settings });
  const left = await compareStates(manifestAdapter, { from: after, to: target.recorded }, { settings });
  return { plan, ...applied, after, left };
}

test('unchanged programs have the same documents, however long they have been running', async () => {
  const supervisor = await startWith({ 'a.conf': WEB }, ['web']);
  const first = await capture(supervisor);
  await expect
    .poll(() => supervisor.control('status', 'web'), { timeout: 20_000 })
    .not.toContain(' uptime 0:00:00');
  const second = await capture(supervisor);
  expect(second.text('observed/read')).toMatch(/^web +RUNNING +pid \d+, uptime 0:00:0[1-9]/);
  expect(stateOf(first)).toEqual([['state/services/web.json', 'RUNNING']]);
  expect(second.text('state/services/web.json')).toBe(first.text('state/services/web.json'));
  const declared = `observed/manifests${supervisor.programs}/a.conf/web.json`;
  expect(JSON.parse(first.text(declared) ?? '')).toEqual({ name: 'web', command: '/bin/sleep 1001' });
  const plan = await compareStates(
    manifestAdapter,
    { from: second, to: first },
    { settings: supervisor.settings },
  );
  expect(plan).toEqual({ steps: [], unrestorable: [] });
});

test('a changed program runs its former command again, and the others are not touched, though it is done twice', async () => {
  const files = { 'a.conf': WEB, 'b.conf': OTHER };
  const supervisor = await startWith(files, ['web', 'other']);
  const recorded = await capture(supervisor);
  supervisor.put({ ...files, 'a.conf': WEB_BROKEN });
  supervisor.control('update');
  const { plan, problems, done, after, left } = await rollBack(
    supervisor,
    { recorded, files },
    { repeat: true },
  );
  expect(plan.steps.map(({ object, do: verb, text }) => [object, verb, text])).toEqual([
    [
      'services',
      'apply',
      'have the manifests carried out: change web from /bin/sleep 2002 to /bin/sleep 1001',
    ],
  ]);
  expect(problems).toEqual([]);
  expect(done).toEqual(['services', 'services']);
  expect(left.steps).toEqual([]);
  expect(pidOf(after, 'other')).toBe(pidOf(recorded, 'other'));
  expect(readFileSync(`/proc/${pidOf(after, 'web')}/cmdline`, 'latin1')).toBe('/bin/sleep\x001001\x00');
});

test('a program that an update added is removed again, and one that it removed is waited for until it has started', async () => {
  const files = { 'a.conf': program('web', '/bin/sleep 1001', 'startsecs=2') };
  const supervisor = await startWith(files, ['web']);
  const recorded = await capture(supervisor);
  supervisor.put({ 'b.conf': OTHER });
  supervisor.control('update');
  await supervisor.reach(['other'], 'RUNNING');
  const { plan, problems, after, left } = await rollBack(supervisor, { recorded, files });
  expect(plan.steps[0].text).toBe('have the manifests carried out: remove other; add web (/bin/sleep 1001)');
  expect(problems).toEqual([]);
  expect(stateOf(after)).toEqual([['state/services/web.json', 'RUNNING']]);
  expect(left.steps).toEqual([]);
});

test('a program that can not be started any more is named, with the reason that supervisord gives', async () => {
  const files = { 'a.conf': WEB, 'b.conf': OTHER };
  const supervisor = await startWith(files, ['web', 'other']);
  const recorded = await capture(supervisor);
  supervisor.put({ 'b.conf': OTHER });
  supervisor.control('update');
  const broken = { ...files, 'a.conf': program('web', '/nonexistent/web', 'startretries=0') };
  const { problems, done, left } = await rollBack(supervisor, { recorded, files: broken });
  expect(done).toEqual([]);
  expect(problems).toEqual([
    {
      object: 'services',
      code: 'STATE_REFUSED',
      message: expect.stringMatching(
        /^could not be made what the manifests say: 'supervisorctl .* update' ended with exit code 0 and said: web: added process group\. web is FATAL \(can't find command '\/nonexistent\/web'\) and has to be RUNNING\. Mend what keeps the services from it, /,
      ),
    },
  ]);
  expect(left.steps).toHaveLength(1);
  const context: StateContext = { component: 'it', settings: supervisor.settings };
  expect(await manifestAdapter.health?.(context)).toEqual({
    level: 'unhealthy',
    problems: [
      {
        object: 'service web',
        code: 'PROGRAM_FAILED',
        message: "is FATAL (can't find command '/nonexistent/web'). Look into its log for the reason.",
      },
    ],
  });
});

test('a program that had failed need not fail again', async () => {
  const supervisor = await startWith({ 'a.conf': program('web', '/nonexistent/web', 'startretries=0') }, []);
  await supervisor.reach(['web'], 'FATAL');
  const recorded = await capture(supervisor);
  supervisor.put({ 'a.conf': WEB });
  supervisor.control('update');
  await supervisor.reach(['web'], 'RUNNING');
  const from = await capture(supervisor);
  const plan = await compareStates(
    manifestAdapter,
    { from, to: recorded },
    { settings: supervisor.settings },
  );
  expect(plan.steps).toEqual([]);
  expect(plan.unrestorable).toEqual([
    {
      object: 'service web',
      text: "was FATAL (can't find command '/nonexistent/web') then, which is not brought about again, and is RUNNING now",
    },
  ]);
});

test('files that supervisord does not take are refused with what it says', async () => {
  const files = { 'a.conf': WEB };
  const supervisor = await startWith(files, ['web']);
  const recorded = await capture(supervisor);
  const { problems } = await rollBack(supervisor, { recorded, files: { 'a.conf': `${WEB}broken\n` } });
  expect(problems.map(({ code }) => code)).toEqual(['STATE_REFUSED']);
  expect(problems[0].message).toContain('ended with exit code 1 and said: ');
  expect(problems[0].message).toContain('CANT_REREAD');
  expect(problems[0].message).toContain('Mend what the command complains about, run it and repeat.');
});

test('what an apply command does not bring about is not waited for without end', async () => {
  const files = { 'a.conf': WEB };
  const supervisor = await startWith(files, ['web']);
  const recorded = await capture(supervisor);
  supervisor.put({ ...files, 'b.conf': OTHER });
  supervisor.control('update');
  await supervisor.reach(['other'], 'RUNNING');
  const settings = { ...supervisor.settings, apply: 'true', timeout: 600 };
  const { problems } = await rollBack(supervisor, { recorded, files }, { settings });
  expect(problems[0].message).toContain('other is RUNNING and has to be gone.');
  expect(problems[0].message).toContain("have the setting 'apply' remove what the manifests no longer name");
});
