// Commands of the operator are looked at before, bounded in time, and asked for no more than what was read with the same one.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { manifestAdapter } from '#adapters/manifest/manifest-adapter.js';
import type { JsonObject, StagedView } from '#adapters/state/state-adapter.js';
import { runProgram } from '#adapters/system/run-program.js';
import { applySteps, captureState, compareStates } from '../../fixtures/drive-adapter.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { composeLine, deployment, kubernetesList } from './sample-outputs.js';

let directory: string;
const at = (name: string) => join(directory, name);
const write = (name: string, text: string) => writeFileSync(at(name), text);

beforeEach(() => {
  directory = createTemporaryDirectory();
  write('compose.yaml', 'services: { web: { image: "nginx:1.25" } }\n');
});

/** `apply` makes the file `running`, which is what runs as far as the commands go. */
function settingsOf(settings: JsonObject = {}): JsonObject {
  return { paths: [directory], apply: 'true', read: `cat ${at('running')}`, timeout: '20s', ...settings };
}

/** What goes wrong when `before` is printed by `read` first, and `now` later, and `apply` is to bring that back. */
async function rollBack(printed: { readonly before: string; readonly now: string }, given: JsonObject = {}) {
  const settings = settingsOf(given);
  write('running', printed.before);
  const to = await captureState(manifestAdapter, { settings });
  write('running', printed.now);
  const from = await captureState(manifestAdapter, { settings });
  const plan = await compareStates(manifestAdapter, { from, to }, { settings });
  const { problems } = await applySteps(manifestAdapter, plan.steps, { settings, from, to });
  return { texts: plan.steps.map(({ text }) => text), problems };
}

const container = { name: 'web', image: 'nginx:1.25', state: 'running', status: 'Up 5 minutes' };

test('a container with another image is another one, and waited for until it is healthy', async () => {
  const before = composeLine({ ...container, health: 'healthy' });
  const now = composeLine({ ...container, image: 'nginx:1.26' });
  write('starting', composeLine({ ...container, health: 'starting' }));
  write('healthy', before);
  const becomes = (name: string) => `cp ${at(name)} ${at('next')} && mv ${at('next')} ${at('running')}`;
  const apply = `${becomes('starting')}; (sleep 0.5; ${becomes('healthy')}) &`;
  const { texts, problems } = await rollBack({ before, now }, { apply });
  expect(texts).toEqual([
    'have the manifests carried out: shop-web-1 is running (nginx:1.26) and was running (healthy) (nginx:1.25) then',
  ]);
  expect(problems).toEqual([]);
});

test('a Deployment whose pods can not be made is waited for until time is up', async () => {
  const before = kubernetesList(deployment({ name: 'web' }));
  const now = kubernetesList(deployment({ name: 'web', ready: 1, updated: 1 }));
  const { problems } = await rollBack({ before, now }, { timeout: '300ms' });
  expect(problems).toEqual([
    {
      object: 'services',
      code: 'STATE_REFUSED',
      message: expect.stringContaining(
        'shop/Deployment/web is Not ready (nginx:1.25) and has to be Ready (nginx:1.25), after 0.3 s.',
      ),
    },
  ]);
});

test('a text that nobody knows is compared as it is', async () => {
  const { texts, problems } = await rollBack({ before: 'web 1\n', now: 'web 2\n' }, { timeout: '300ms' });
  expect(texts).toEqual(['have the manifests carried out: what runs is not what ran then']);
  expect(problems[0].message).toContain('what runs is\nweb 2\n\nand has to be\nweb 1\n');
  write('wanted', 'web 1\n');
  const apply = `cp ${at('wanted')} ${at('running')}`;
  expect((await rollBack({ before: 'web 1\n', now: 'web 2\n' }, { apply })).problems).toEqual([]);
});

test('a program that the command leaves running holds nothing up', async () => {
  write('wanted', 'up');
  const apply = `echo begun; cp ${at('wanted')} ${at('running')}; sleep 100 & echo $! > ${at('pid')}`;
  const startMs = performance.now();
  const { problems } = await rollBack({ before: 'up', now: '' }, { apply });
  process.kill(Number(readFileSync(at('pid'), 'utf8')));
  expect(problems).toEqual([]);
  expect(performance.now() - startMs).toBeLessThan(15_000);
});

test('a command that takes too long is ended, and said to be', async () => {
  const { problems } = await rollBack(
    { before: 'up', now: '' },
    { apply: 'echo begun; sleep 100', timeout: 0.3 },
  );
  expect(problems[0].message).toContain(
    "'echo begun; sleep 100' was not done after 0.3 s and was ended and said: begun.",
  );
});

test('without a read command files and dependencies decide, and nothing is expected of what runs', async () => {
  const settings: JsonObject = { paths: [directory], apply: `echo done > ${at('applied')}` };
  const state = await captureState(manifestAdapter, { settings });
  expect([...state.documents.keys()]).toEqual([`observed/manifests${directory}/compose.yaml/web.json`]);
  const states = { from: state, to: state };
  expect((await compareStates(manifestAdapter, states, { settings })).steps).toEqual([]);
  const planned = await compareStates(manifestAdapter, states, {
    settings,
    files: [at('.env')],
    dependencies: ['db'],
  });
  expect(planned.steps.map(({ text }) => text)).toEqual([
    `have the manifests carried out: changed files: ${at('.env')}; after db, which changed`,
  ]);
  const { problems, done } = await applySteps(manifestAdapter, planned.steps, { settings, ...states });
  expect({ problems, done }).toEqual({ problems: [], done: ['services'] });
  expect(readFileSync(at('applied'), 'utf8')).toBe('done\n');
  expect(await manifestAdapter.health?.({ component: 'it', settings })).toEqual({
    level: 'unknown',
    problems: [],
  });
});

test('what was read by another command is not compared', async () => {
  write('running', composeLine(container));
  const to = await captureState(manifestAdapter, { settings: settingsOf() });
  const settings = settingsOf({ read: 'echo fine' });
  const from = await captureState(manifestAdapter, { settings });
  const plan = await compareStates(manifestAdapter, { from, to }, { settings, files: [at('compose.yaml')] });
  expect(plan.unrestorable.map(({ text }) => text)).toEqual([
    `what runs was read by 'cat ${at('running')}' then, by 'echo fine' now, and can't be compared`,
  ]);
  expect((await applySteps(manifestAdapter, plan.steps, { settings, from, to })).problems).toEqual([]);
});

test('commands that can not be run are refused before anything is changed', async () => {
  const state = await captureState(manifestAdapter, { settings: { paths: [], apply: 'true' } });
  const steps = [{ object: 'services', do: 'apply', text: '', data: {} }];
  const stageWith = (given: JsonObject) =>
    applySteps(manifestAdapter, steps, { settings: settingsOf(given), from: state, to: state });
  const code = (word: string) => expect.objectContaining({ code: word });
  await expect(stageWith({ apply: 'if true; then' })).rejects.toEqual(code('CONFIG_INVALID'));
  await expect(stageWith({ apply: 'A=b no-such-program up -d' })).rejects.toEqual(code('PROGRAM_MISSING'));
  await expect(stageWith({ read: '/no/such/program; true' })).rejects.toEqual(code('PROGRAM_MISSING'));
  await expect(stageWith({ timeout: 'soon' })).rejects.toEqual(code('CONFIG_INVALID'));
  // What begins with something else, and what is about to come back, is found out by running it.
  expect((await stageWith({ apply: '(cd / && true)' })).problems).toEqual([]);
  expect((await stageWith({ apply: `${at('deploy')} || true` })).problems).toEqual([]);
});

test('files that are going to be unsound are named by line and column, and each only once', async () => {
  write('compose.yaml', 'services:\n  web: { image: "nginx }\n');
  write('web.conf', '[program:web]\nbroken\n');
  mkdirSync(at('chart'));
  mkdirSync(at('chart/templates'));
  write('chart/Chart.yaml', 'apiVersion: v2\n');
  write('chart/templates/a.yaml', '{{- if .Values.x }}\napiVersion: v1\n');
  symlinkSync(at('web.conf'), at('enabled.conf'));
  const settings = settingsOf({ paths: [`${directory}//`, at('web.conf'), at('missing')] });
  const view: StagedView = {
    run: async (program, args) => {
      const { exitCode, stdout, stderr } = await runProgram(program, args);
      return { exitCode, output: `${stdout}${stderr}` };
    },
  };
  const problems = await manifestAdapter.check?.(view, { component: 'it', settings });
  expect(problems?.map(({ object, code, message }) => [object, code, message.replace(/:.*/s, '')])).toEqual([
    [`manifest ${at('compose.yaml')}`, 'VALIDATION_FAILED', 'is not sound at line 3, column 1'],
    [`manifest ${at('enabled.conf')}`, 'VALIDATION_FAILED', 'is not sound at line 1, column 1'],
    [`manifest ${at('enabled.conf')}`, 'VALIDATION_FAILED', 'is not sound at line 2, column 1'],
    [`manifest ${at('web.conf')}`, 'VALIDATION_FAILED', 'is not sound at line 1, column 1'],
    [`manifest ${at('web.conf')}`, 'VALIDATION_FAILED', 'is not sound at line 2, column 1'],
  ]);
  const nowhere: StagedView = { run: async () => undefined };
  expect(await manifestAdapter.check?.(nowhere, { component: 'it', settings })).toEqual([]);
  const state = await captureState(manifestAdapter, { settings: { ...settings, read: 'true' } });
  expect(JSON.parse(state.text(`observed/manifests${at('compose.yaml')}/ flaws.json`) ?? '')).toMatchObject([
    { line: 3, column: 1 },
  ]);
});

test('health is what the services say', async () => {
  const healthOf = async (text: string) => {
    write('running', text);
    const health = await manifestAdapter.health?.({ component: 'it', settings: settingsOf() });
    return [health?.level, health?.problems.map(({ message }) => message)];
  };
  expect(await healthOf(composeLine(container))).toEqual(['healthy', []]);
  expect(await healthOf(composeLine({ ...container, health: 'starting' }))).toEqual([
    'degraded',
    ['is running (starting) (nginx:1.25), on its way. Look again in a while.'],
  ]);
  expect(await healthOf(composeLine({ ...container, state: 'exited', exitCode: 1 }))).toEqual([
    'unhealthy',
    ['is exited (1) (nginx:1.25). Look into its log for the reason.'],
  ]);
  expect((await healthOf(kubernetesList(deployment({ name: 'web', ready: 1 }))))[0]).toBe('unhealthy');
  expect((await healthOf('fine'))[0]).toBe('unknown');
});
