// What the tools print is recognised, and only what stays the same while nothing changes is taken from it.
import { expect, test } from 'vitest';
import { parseRunning } from '#adapters/manifest/parse-running.js';
import { phaseOf } from '#adapters/manifest/service-phase.js';
import {
  composeLine,
  deployment,
  dockerLine,
  kubernetesList,
  oldComposeEntry,
  pod,
} from './sample-outputs.js';

/** Pods have a new name each time that they are made. */
let made = 1;

function statesOf(text: string): Record<string, string> {
  const running = parseRunning(text);
  if (!('services' in running)) throw new Error(`not recognised: ${text}`);
  return Object.fromEntries(running.services.map(({ name, state }) => [name, state]));
}

test('containers of Compose are the same, whenever and however often they were made', () => {
  const print = (minutes: number) =>
    [
      composeLine({
        name: 'web',
        image: 'nginx:1.25',
        state: 'running',
        status: `Up ${minutes} minutes (healthy)`,
        health: 'healthy',
      }),
      composeLine({ name: 'db', image: 'postgres:16', state: 'running', status: `Up ${minutes} minutes` }),
    ].join('\n');
  expect(parseRunning(print(1))).toEqual({
    services: [
      {
        name: 'shop-db-1',
        state: 'running',
        details: { service: 'db', project: 'shop', image: 'postgres:16' },
      },
      {
        name: 'shop-web-1',
        state: 'running (healthy)',
        details: { service: 'web', project: 'shop', image: 'nginx:1.25' },
      },
    ],
  });
  expect(parseRunning(print(7))).toEqual(parseRunning(print(1)));
});

test('states of containers are told apart by health and exit code', () => {
  const base = { image: 'a', status: '' };
  const text = [
    composeLine({ ...base, name: 'a', state: 'exited', exitCode: 0 }),
    composeLine({ ...base, name: 'b', state: 'exited', exitCode: 137 }),
    composeLine({ ...base, name: 'c', state: 'running', health: 'unhealthy' }),
    composeLine({ ...base, name: 'd', state: 'running', health: 'starting' }),
    composeLine({ ...base, name: 'e', state: 'restarting' }),
  ].join('\n');
  expect(Object.values(statesOf(text)).map((state) => [state, phaseOf(state)])).toEqual([
    ['exited (0)', 'ended'],
    ['exited (137)', 'failed'],
    ['running (unhealthy)', 'failed'],
    ['running (starting)', 'settling'],
    ['restarting', 'retrying'],
  ]);
});

test('the list of an older Compose and the lines of docker ps say the same', () => {
  const list = JSON.stringify([oldComposeEntry('web', 'running'), oldComposeEntry('job', 'exited')]);
  expect(statesOf(list)).toEqual({ 'shop-job-1': 'exited (0)', 'shop-web-1': 'running' });
  const lines = [
    dockerLine('a', 'running', 'Up 2 hours (unhealthy)'),
    dockerLine('b', 'exited', 'Exited (2) 3 days ago'),
    dockerLine('c', 'running', 'Up 3 seconds (health: starting)'),
  ];
  expect(statesOf(lines.join('\n'))).toEqual({
    a: 'running (unhealthy)',
    b: 'exited (2)',
    c: 'running (starting)',
  });
  expect(statesOf(lines[0])).toEqual({ a: 'running (unhealthy)' });
});

test('objects of Kubernetes are the same over rollouts, and pods that others made are left out', () => {
  const print = () =>
    kubernetesList(
      deployment({ name: 'web' }),
      pod(`web-5d9c-${made++}`, { owner: 'web-5d9c', isReady: true }),
      pod('alone', { isReady: false }),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web', namespace: 'shop' },
        spec: { clusterIP: '10.1.2.3' },
      },
    );
  expect(parseRunning(print())).toEqual({
    services: [
      { name: 'shop/Deployment/web', state: 'Ready', details: { images: ['nginx:1.25'] } },
      { name: 'shop/Pod/alone', state: 'Not ready', details: { images: ['busybox:1'] } },
      { name: 'shop/Service/web', state: 'Present' },
    ],
  });
  expect(parseRunning(print())).toEqual(parseRunning(print()));
});

test('a Deployment is ready when its pods are, all of them new', () => {
  const text = kubernetesList(
    deployment({ name: 'a', ready: 1 }),
    deployment({ name: 'b', updated: 1 }),
    deployment({ name: 'c', isUnseen: true }),
    deployment({ name: 'd', ready: 0, hasGivenUp: true }),
    deployment({ name: 'e', replicas: 0 }),
  );
  const phases = Object.values(statesOf(text)).map((state) => [state, phaseOf(state)]);
  expect(phases).toEqual([
    ['Not ready', 'retrying'],
    ['Progressing', 'settling'],
    ['Progressing', 'settling'],
    ['Failed', 'failed'],
    ['Ready', 'up'],
  ]);
});

test('programs of supervisord keep their reasons, but neither pids nor times', () => {
  const text = `bad                              BACKOFF   Exited too quickly (process log may have details)
g:man_00                         STOPPED   Not started
job                              EXITED    Nov 26 10:15 AM
web                              STARTING  
zoo                              RUNNING   pid 27448, uptime 1 day, 0:00:05
`;
  expect(parseRunning(text)).toEqual({
    services: [
      {
        name: 'bad',
        state: 'BACKOFF',
        details: { reason: 'Exited too quickly (process log may have details)' },
      },
      { name: 'g:man_00', state: 'STOPPED' },
      { name: 'job', state: 'EXITED' },
      { name: 'web', state: 'STARTING' },
      { name: 'zoo', state: 'RUNNING' },
    ],
  });
});

test('other JSON that names services is taken without what changes by itself', () => {
  const entry = { name: 'web', status: 'up', pid: 7, version: 3, host: { started_at: 'now', zone: 'a' } };
  const web = { name: 'web', state: 'up', details: { version: 3, host: { zone: 'a' } } };
  expect(parseRunning(JSON.stringify([entry]))).toEqual({ services: [web] });
  expect(parseRunning(JSON.stringify({ web: { ...entry, name: undefined }, db: 'down' }))).toEqual({
    services: [{ name: 'db', state: 'down' }, web],
  });
});

test('where nothing runs there are no services, and whatever else is printed stays as it is', () => {
  for (const text of ['', '\n', '[]', '{}', kubernetesList()])
    expect(parseRunning(text)).toEqual({ services: [] });
  const texts = [
    'web is fine\n',
    '{"a": 1}',
    '["a"]',
    '[{"name": "a"}]',
    '{not json}',
    'web RUNNING pid 1\nand so on\n',
  ];
  for (const text of texts) expect(parseRunning(text)).toEqual({ text });
  const twice = JSON.stringify([
    { name: 'a', state: 'up' },
    { name: 'a', state: 'down' },
  ]);
  expect(parseRunning(twice)).toEqual({ text: twice });
});
