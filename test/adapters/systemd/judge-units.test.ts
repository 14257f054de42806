// What systemd says of units is heard and told: which will not stop, which fail and why, which unit files are wrong, and what
// changes, over the bus or without one.
import { beforeAll, expect, test } from 'vitest';
import { SERVER } from '../../fixtures/debian-system.js';
import { DrivenMachine, sleeper } from './driven-machine.js';

let machine: DrivenMachine;

beforeAll(async () => {
  machine = await DrivenMachine.boot(SERVER);
});

const deaf = (seconds: number) =>
  `[Unit]\nBefore=f-well.service\n[Service]\nExecStart=/bin/sh -c 'trap "" TERM; while :; do sleep 1; done'\nTimeoutStopSec=${seconds}\nSendSIGKILL=no\n`;

test('a unit that will not stop is named with its processes; nothing is put back, and the others run again', async () => {
  for (const [seconds, timeout, what] of [
    [1, '60s', 'systemd has given up on it'],
    [600, 1, 'after 1 s it is still deactivating (stop-sigterm)'],
  ] as const) {
    const settings = { units: ['f-deaf.service', 'f-well.service'], timeout };
    await machine.write({ 'f-deaf.service': deaf(seconds), 'f-well.service': sleeper() });
    await machine.systemctl('start', 'f-deaf', 'f-well');
    await machine.save({ settings });
    const pid = await machine.property('f-well', 'MainPID');
    const { problems, done } = await machine.rollback({ settings, dependencies: ['etc'] });
    expect(problems).toEqual([
      { object: 'unit f-deaf.service', code: 'STATE_BUSY', message: expect.stringContaining(what) },
    ]);
    expect(problems[0].message).toMatch(
      /processes of it are left: \d+ \(sh\).*systemctl kill --signal=KILL f-deaf/,
    );
    expect([done, await machine.property('f-well', 'ActiveState')]).toEqual([[], 'active']);
    expect(await machine.property('f-well', 'MainPID')).not.toBe(pid);
    await machine.systemctl('kill', '--signal=KILL', 'f-deaf');
  }
  // What has ended after all is started again.
  await expect.poll(() => machine.property('f-deaf', 'ActiveState'), { timeout: 30_000 }).toBe('active');
});

test('a unit that fails when it is started, or right after that, is named with its result and its last words', async () => {
  const settings = { units: ['g-*.service'], timeout: '20s' };
  const failing = (type: string) =>
    `Type=${type}\nExecStart=\nExecStart=/bin/sh -c '[ ! -e /run/g ] || { echo no room for %p; exit 7; }; exec sleep infinity'`;
  await machine.write({
    'g-simple.service': sleeper('Wants=g-condition.service', failing('simple')),
    'g-again.service': sleeper('StartLimitIntervalSec=0', `${failing('exec')}\nRestart=always`),
    'g-needs.service': sleeper('Requires=other.service\nAfter=other.service'),
    'other.service':
      '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c "! test -e /run/g"\n',
    'g-condition.service': sleeper('ConditionPathExists=!/run/g'),
  });
  const units = ['g-again', 'g-condition', 'g-needs', 'g-simple'];
  await machine.systemctl('start', ...units);
  await machine.save({ settings });
  await machine.systemctl('stop', ...units, 'other');
  await machine.succeed(['touch', '/run/g']);
  const { problems, plan } = await machine.rollback({ settings });
  expect(plan.steps.map(({ text }) => text).sort()).toEqual(units.map((unit) => `start ${unit}.service`));
  const messages = new Map(problems.map(({ object, code, message }) => [object, `${code} ${message}`]));
  expect([...messages.keys()].sort()).toEqual(units.map((unit) => `unit ${unit}.service`));
  expect(messages.get('unit g-simple.service')).toMatch(
    /^STATE_REFUSED .*failed; result exit-code; exit status 7\..*no room for g-simple.*'systemctl status g-simple\.service'/,
  );
  expect(messages.get('unit g-again.service')).toMatch(/auto-restart.*exit status 7/);
  expect(messages.get('unit g-condition.service')).toContain('a condition of its unit file is not met');
  expect(messages.get('unit g-needs.service')).toMatch(/inactive.*Dependency failed/);
  const { level, problems: found } = await machine.drive<{ level: string; problems: { object: string }[] }>(
    'health',
    {
      settings,
    },
  );
  expect(level).toBe('degraded');
  expect(found.map(({ object }) => object).sort()).toEqual(['unit g-again.service', 'unit g-simple.service']);
  await machine.systemctl('enable', 'g-simple');
  expect(await machine.drive('health', { settings })).toMatchObject({ level: 'unhealthy' });
  await machine.succeed(['rm', '/run/g']);
  await machine.systemctl('restart', ...units);
  expect(await machine.drive('health', { settings: { units: ['g-simple.service'] } })).toEqual({
    level: 'healthy',
    problems: [],
  });
});

test('a unit is up when it says that it is ready, and not before', async () => {
  const settings = { units: ['h.service'] };
  const script =
    'sleep 1; systemd-notify --ready --status="at work"; touch /run/h-ready; exec sleep infinity';
  await machine.write({
    'h.service': sleeper('', `Type=notify\nNotifyAccess=all\nExecStart=\nExecStart=/bin/sh -c '${script}'`),
  });
  await machine.systemctl('start', 'h');
  await machine.save({ settings });
  await machine.systemctl('stop', 'h');
  await machine.succeed(['rm', '/run/h-ready']);
  const { problems, left } = await machine.rollback({ settings });
  expect([problems, left]).toEqual([[], []]);
  await machine.succeed(['test', '-e', '/run/h-ready']);
  await machine.systemctl('stop', 'h');
  const slow = await machine.rollback({ settings: { ...settings, timeout: '300ms' } });
  expect(slow.problems).toMatchObject([
    { code: 'STATE_REFUSED', message: expect.stringContaining('after 0.3 s it is still activating (start)') },
  ]);
});

test('a reload that fails is named, and the unit runs on', async () => {
  const settings = { units: ['n.service'], onChange: 'reload' };
  await machine.write({ 'n.service': sleeper('', 'ExecReload=/bin/false') });
  await machine.systemctl('start', 'n');
  await machine.save({ settings });
  const { problems } = await machine.rollback({ settings, dependencies: ['etc'] });
  expect(problems).toMatchObject([
    {
      object: 'unit n.service',
      code: 'STATE_REFUSED',
      message: expect.stringMatching(/did not reload.*exit-code/),
    },
  ]);
  expect(await machine.property('n', 'ActiveState')).toBe('active');
});

test('a rollback that would stop the unit it runs in is refused before anything is done', async () => {
  const settings = { units: ['i.service'] };
  const input = JSON.stringify({ settings, name: 'point', dependencies: ['etc'] });
  const run = `/opt/node/bin/node /opt/savepoint/test/adapters/systemd/drive.mjs`;
  await machine.write({
    'i.service': `[Service]\nStandardError=file:/run/i.err\nExecStart=/bin/sh -c '${run} save "$INPUT" && ${run} rollback "$INPUT"'\nEnvironment='INPUT=${input.replaceAll('"', '\\"')}'\n`,
  });
  await machine.systemctl('start', 'i');
  await expect.poll(() => machine.property('i', 'ActiveState'), { timeout: 60_000 }).toBe('failed');
  expect(await machine.succeed(['cat', '/run/i.err'])).toMatch(/STATE_BUSY(.|\n)*i\.service/);
});

test('unit files with errors are found before they are in place; warnings, and what is just as wrong now, do not count', async () => {
  const settings = { units: ['k-*.service', 'k-not-there.service'] };
  const bad = '[Service]\nExecStart=/bin/not-there\n';
  await machine.write({ 'k-good.service': sleeper(), 'k-old.service': bad });
  const staged = '/srv/staged';
  const stage = (name: string, content: string) => machine.chroot.write(`${staged}/${name}`, content);
  stage('k-good.service', sleeper('', 'Misspelt=yes'));
  stage('k-old.service', bad);
  stage('k-template@.service', sleeper());
  await machine.succeed(['ln', '-s', '/dev/null', `${staged}/k-masked.service`]);
  expect(await machine.drive('check', { settings, staged })).toEqual([]);
  stage('k-good.service', '[Service]\nRestart=always\n');
  expect(await machine.drive('check', { settings, staged })).toEqual([
    {
      object: 'unit k-good.service',
      code: 'VALIDATION_FAILED',
      message: expect.stringMatching(/has no ExecStart.*Choose a point/),
    },
  ]);
});

test('a watch tells of units that change: over the bus, without one, and when the bus goes meanwhile', async () => {
  const settings = { units: ['l-*.service'] };
  await machine.write({ 'l-one.service': sleeper(), 'l-two.service': sleeper() });
  const change = (command: string) => ['sh', '-c', command];
  const watch = (command: string) =>
    machine.drive<{ told: string[] }>('watch', {
      settings,
      until: 'unit l-one.service',
      change: change(command),
    });
  const stopBus = 'systemctl stop dbus.socket dbus.service';
  expect(new Set((await watch('systemctl start l-one')).told)).toEqual(new Set(['unit l-one.service']));
  const enabled = await watch('systemctl enable l-one');
  expect(enabled.told).toEqual(['unit l-one.service']);
  const listen = () =>
    machine.drive('listen', { settings, change: change('systemctl stop l-two'), end: change(stopBus) });
  await machine.systemctl('start', 'l-two');
  expect(await listen()).toEqual({ isThere: true });
  expect(await listen()).toEqual({ isThere: false });
  expect((await watch('systemctl stop l-one')).told).toContain('unit l-one.service');
  await machine.systemctl('start', 'dbus.socket', 'dbus.service');
  expect((await watch(`${stopBus}; systemctl start l-one`)).told).toContain('unit l-one.service');
});
