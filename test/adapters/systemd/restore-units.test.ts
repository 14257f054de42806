// Units of a real systemd go back to what they were when a point was taken: their files, whether they are enabled or masked, and
// whether they run; and what is as it was is left alone.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { SERVER } from '../../fixtures/debian-system.js';
import { NODE } from '../../fixtures/private-root.js';
import { DRIVE, DrivenMachine, type Rollback, sleeper } from './driven-machine.js';

let machine: DrivenMachine;

beforeAll(async () => {
  machine = await DrivenMachine.boot(SERVER);
});

const texts = ({ plan }: Rollback) => plan.steps.map(({ text }) => text);
const FILES_READ = 'have systemd read its unit files again';
const remove = (path: string) => rmSync(join(machine.chroot.root, path), { recursive: true });

function expectDone(rollback: Rollback): void {
  const { problems, left, plan, done } = rollback;
  expect([problems, left]).toEqual([[], []]);
  expect([...done].sort()).toEqual(plan.steps.map(({ object }) => object).sort());
}

test('what can be put back is the same text each time; what is only looked at stands beside it', async () => {
  const settings = { units: ['p-*.service', 'p.timer', 'p-named.service'] };
  await machine.write({
    'p-one.service': sleeper('', '[Install]\nAlias=p-alias.service').replace(
      'WantedBy=multi-user.target',
      '',
    ),
    'p-job.service': '[Service]\nType=oneshot\nExecStart=/bin/sleep infinity\n',
    'p-demand.service': sleeper(),
    'p-demand.socket': '[Socket]\nListenStream=/run/p-demand\n',
    'p.timer': '[Timer]\nOnCalendar=daily\nUnit=p-job.service\n',
    'p-@.service': sleeper(),
  });
  await machine.systemctl('enable', '--now', 'p-one.service');
  await machine.systemctl('start', 'p.timer', 'p-demand.socket', 'p-@x.service');
  await machine.systemctl('start', '--no-block', 'p-job.service');
  const capture = () => machine.drive<Record<string, string>>('capture', { settings });
  const first = await capture();
  await machine.systemctl('restart', 'p-one.service', 'p-demand.service');
  const second = await capture();
  const states = (documents: Record<string, string>) =>
    Object.entries(documents).filter(([path]) => path.startsWith('state/'));
  expect(states(second)).toEqual(states(first));
  const words = states(first).map(([path, text]) => {
    const { load, active, unitFile, alias } = JSON.parse(text);
    return [path.slice('state/units/'.length), load, active, unitFile, alias].join(' ').trim();
  });
  expect(words.sort()).toEqual([
    'p-@x.service.json loaded active disabled',
    'p-alias.service.json loaded active enabled p-one.service',
    'p-demand.service.json loaded on-demand disabled',
    'p-job.service.json loaded inactive static',
    'p-named.service.json not-found inactive',
    'p-one.service.json loaded active enabled',
    'p.timer.json loaded active static',
  ]);
  const observed = (documents: Record<string, string>) =>
    JSON.parse(documents['observed/units/p-one.service.json']);
  expect(observed(second).mainPid).not.toBe(observed(first).mainPid);
  expect(JSON.parse(first['observed/units/p.timer.json'])).toMatchObject({
    nextElapse: expect.stringMatching(/T00:00:00Z$/),
  });
  const now = await machine.succeed(['date', '--utc', '+%FT%H']);
  expect(observed(second).activeSince.slice(0, 13)).toBe(now.trim());
});

test('what runs, what is enabled and what is masked is so again; what is as it was keeps its process', async () => {
  const names = ['a-runs', 'a-stopped', 'a-enabled', 'a-masked', 'a-same'].map((name) => `${name}.service`);
  const settings = { units: ['a-*.service'] };
  await machine.write(Object.fromEntries(names.slice(0, 3).map((name) => [name, sleeper()])));
  await machine.write({ 'a-same.service': sleeper() });
  await machine.systemctl('mask', 'a-masked.service');
  await machine.systemctl('start', 'a-runs', 'a-same');
  await machine.systemctl('enable', 'a-enabled');
  const { paths } = await machine.save({ settings });
  expect(paths).toContain('/etc/systemd/system/multi-user.target.wants/a-enabled.service');
  const pid = await machine.property('a-same', 'MainPID');

  await machine.systemctl('stop', 'a-runs');
  await machine.systemctl('start', 'a-stopped');
  await machine.systemctl('disable', 'a-enabled');
  await machine.systemctl('enable', 'a-runs');
  await machine.systemctl('unmask', 'a-masked');
  const rollback = await machine.rollback({ settings });
  expect(texts(rollback)).toEqual(['stop a-stopped.service', FILES_READ, 'start a-runs.service']);
  expectDone(rollback);
  const states = [];
  for (const name of names) {
    states.push([await machine.property(name, 'ActiveState'), await machine.property(name, 'UnitFileState')]);
  }
  expect(states).toEqual([
    ['active', 'disabled'],
    ['inactive', 'disabled'],
    ['inactive', 'enabled'],
    ['inactive', 'masked'],
    ['active', 'disabled'],
  ]);
  expect(await machine.property('a-same', 'MainPID')).toBe(pid);
});

test('a changed drop-in or environment file goes back and the unit starts anew; to apply twice starts it once', async () => {
  const settings = { units: ['b@one.service', 'b-other.service'] };
  await machine.write({
    'b@.service': sleeper('', 'EnvironmentFile=-/etc/b.env'),
    'b-other.service': sleeper('', 'EnvironmentFile=-/etc/other.d/*.env'),
    'b@.service.d/nice.conf': '[Service]\nNice=3\n',
  });
  await machine.systemctl('start', 'b@one', 'b-other');
  await machine.save({ settings });
  await machine.write({ 'b@.service.d/nice.conf': '[Service]\nNice=7\n' });
  await machine.systemctl('restart', 'b@one');
  const starts = async () =>
    (await machine.succeed(['journalctl', '-u', 'b@one', '-o', 'cat'])).match(/Started/g)?.length;
  const before = await starts();
  const first = await machine.rollback({ settings, rounds: 2 });
  expect(texts(first)).toEqual([FILES_READ, 'restart b@one.service: its drop-in changes']);
  expectDone({ ...first, done: [...new Set(first.done)] });
  expect([await machine.property('b@one', 'Nice'), await starts()]).toEqual(['3', (before ?? 0) + 1]);

  machine.chroot.write('/etc/b.env', 'A=1\n');
  machine.chroot.write('/etc/other.d/1.env', 'A=1\n');
  const second = await machine.rollback({ settings });
  expect(second.files).toEqual(['/etc/b.env', '/etc/other.d/1.env']);
  expect(texts(second)).toEqual([
    'restart b-other.service: its environment file changes',
    'restart b@one.service: its environment file changes',
  ]);
  expectDone(second);
});

test('a unit that a change has brought is stopped and taken away, one that it has taken is there again', async () => {
  const settings = { units: ['c-*.service', 'c.timer'] };
  await machine.write({
    'c-gone.service': sleeper(),
    'c.timer': '[Timer]\nOnCalendar=daily\nUnit=c-gone.service\n[Install]\nWantedBy=timers.target\n',
  });
  await machine.systemctl('enable', '--now', 'c-gone.service', 'c.timer');
  await machine.save({ settings });
  await machine.systemctl('disable', '--now', 'c-gone.service', 'c.timer');
  remove('etc/systemd/system/c-gone.service');
  await machine.write({
    'c-new.service': sleeper(),
    'c-failed.service': sleeper('', 'ExecStartPre=/bin/false'),
  });
  await machine.systemctl('enable', '--now', 'c-new');
  await expect(machine.systemctl('start', 'c-failed')).rejects.toThrow('failed');
  const rollback = await machine.rollback({ settings });
  expect(texts(rollback)).toEqual([
    'stop c-new.service: it was not there',
    FILES_READ,
    'forget the failure of c-failed.service',
    'start c.timer',
    'start c-gone.service',
  ]);
  expectDone(rollback);
  const isThere = async (unit: string) => [
    await machine.property(unit, 'LoadState'),
    await machine.property(unit, 'ActiveState'),
    await machine.property(unit, 'UnitFileState'),
  ];
  expect(await isThere('c-new.service')).toEqual(['not-found', 'inactive', '']);
  expect(await isThere('c-failed.service')).toEqual(['not-found', 'inactive', '']);
  expect(await isThere('c-gone.service')).toEqual(['loaded', 'active', 'enabled']);
  expect(await isThere('c.timer')).toEqual(['loaded', 'active', 'enabled']);
});

test('where a dependency changes, running units start anew or reload, in order; what goes down with them comes back', async () => {
  const log = (word: string) => `/bin/sh -c 'echo %p-${word} >>/run/d.log'`;
  const noting = `ExecStartPre=${log('start')}\nExecStop=${log('stop')}\nExecReload=${log('reload')}`;
  const settings = { units: ['d-*.service'] };
  await machine.write({
    'd-b.service': sleeper('After=d-z.service', noting),
    'd-z.service': sleeper('', noting),
    'e-follower.service': sleeper('Requires=d-z.service\nAfter=d-z.service', noting),
    'd-idle.service': sleeper('', noting),
  });
  await machine.systemctl('start', 'e-follower', 'd-b');
  await machine.save({ settings });
  const readLog = async () => {
    const lines = (await machine.succeed(['cat', '/run/d.log'])).trim().split('\n');
    await machine.succeed(['rm', '/run/d.log']);
    return lines;
  };
  await readLog();
  const restarted = await machine.rollback({ settings, dependencies: ['etc'] });
  expect(texts(restarted)).toEqual(['restart d-z.service: etc changes', 'restart d-b.service: etc changes']);
  expectDone(restarted);
  const lines = await readLog();
  const place = (line: string) => lines.indexOf(line);
  expect([...lines].sort()).toEqual(
    ['d-b-start', 'd-b-stop', 'd-z-start', 'd-z-stop', 'e-follower-start', 'e-follower-stop'].sort(),
  );
  expect([place('d-b-stop') < place('d-z-stop'), place('d-z-start') < place('d-b-start')]).toEqual([
    true,
    true,
  ]);
  expect(await machine.property('e-follower', 'ActiveState')).toBe('active');

  const reload = await machine.rollback({
    settings: { ...settings, onChange: 'reload' },
    dependencies: ['etc'],
  });
  expect(texts(reload)).toEqual(['reload d-z.service: etc changes', 'reload d-b.service: etc changes']);
  expectDone(reload);
  expect(await readLog()).toEqual(['d-z-reload', 'd-b-reload']);
  const nothing = await machine.rollback({
    settings: { ...settings, onChange: 'nothing' },
    dependencies: ['etc'],
  });
  expect(nothing.plan.steps).toEqual([]);
});

test('a socket whose files change starts anew, though the service that it is for runs; that runs again, too', async () => {
  const settings = { units: ['o.socket'] };
  await machine.write({ 'o.socket': '[Socket]\nListenStream=/run/o\n', 'o.service': sleeper() });
  await machine.systemctl('start', 'o.socket', 'o.service');
  await machine.save({ settings });
  await machine.write({ 'o.socket': '[Socket]\nListenStream=/run/p\n' });
  await machine.systemctl('stop', 'o.service', 'o.socket');
  await machine.systemctl('start', 'o.socket', 'o.service');
  const rollback = await machine.rollback({ settings });
  expect(texts(rollback)).toEqual([FILES_READ, 'restart o.socket: its unit file changes']);
  expectDone(rollback);
  expect([
    await machine.property('o.socket', 'Listen'),
    await machine.property('o.service', 'ActiveState'),
  ]).toEqual(['/run/o (Stream)', 'active']);
});

test('while the host boots, units are only ordered to start: nobody waits for himself, and what was wrong does not start', async () => {
  const settings = { units: ['m-*.service'], timeout: '20s' };
  const early = sleeper().replace('multi-user.target', 'basic.target');
  const input = JSON.stringify({ settings, name: 'point' }).replaceAll('"', '\\"');
  await machine.write({
    'm-enabled.service': early,
    'm-by-hand.service': sleeper(),
    'recover.service': [
      '[Unit]\nDefaultDependencies=no\nAfter=local-fs.target\nBefore=basic.target',
      `[Service]\nType=oneshot\nEnvironment="INPUT=${input}"\nStandardOutput=file:/run/recovered.json`,
      `ExecStart=${NODE} ${DRIVE} rollback "\${INPUT}"\n[Install]\nWantedBy=basic.target\n`,
    ].join('\n'),
  });
  await machine.systemctl('enable', '--now', 'm-enabled');
  await machine.systemctl('enable', 'recover');
  await machine.systemctl('start', 'm-by-hand');
  await machine.save({ settings });
  await machine.write({
    'm-enabled.service': `${early}#`,
    'm-by-hand.service': `${sleeper()}#`,
    'm-bad.service': early,
  });
  await machine.systemctl('enable', 'm-bad');

  await machine.bootAgain();
  const rollback = JSON.parse(await machine.succeed(['cat', '/run/recovered.json'])) as Rollback;
  expect(texts(rollback)).toEqual([
    'stop m-bad.service: it was not there',
    FILES_READ,
    'start m-by-hand.service',
    'restart m-enabled.service: its unit file changes',
  ]);
  expectDone(rollback);
  const times = [];
  for (const unit of ['m-by-hand', 'm-enabled']) {
    await expect.poll(() => machine.property(unit, 'ActiveState'), { timeout: 30_000 }).toBe('active');
    times.push(Number(await machine.property(unit, 'ActiveEnterTimestampMonotonic')));
  }
  const ended = Number(await machine.property('recover', 'InactiveEnterTimestampMonotonic'));
  expect([ended > 0, Math.min(...times) > ended]).toEqual([true, true]);
  expect(await machine.property('m-bad.service', 'LoadState')).toBe('not-found');
});
