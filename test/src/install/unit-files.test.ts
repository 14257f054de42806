// The texts of the units: one plain case as a whole, and odd paths as systemd's own manual has them written.
import { expect, test } from 'vitest';
import { type UnitOptions, unitFiles } from '#src/install/unit-files.js';
import { commandLine, readCommandLine } from '#src/install/unit-words.js';

const PLAIN: UnitOptions = {
  program: ['/usr/bin/node', '/usr/local/bin/savepoint'],
  store: '/var/lib/savepoint',
  configuration: '/etc/savepoint.yaml',
  mounts: ['/usr/bin/node', '/usr/local/bin/savepoint', '/var/lib/savepoint', '/etc/savepoint.yaml'],
  componentMounts: ['/etc', '/srv/app'],
  watchdog: true,
  everyMs: 3_600_000,
};

function texts(changes: Partial<UnitOptions> = {}): Record<string, string> {
  const files = unitFiles({ ...PLAIN, ...changes });
  return Object.fromEntries(files.map(({ path, body }) => [path.split('/').at(-1), body]));
}

test('the unit that recovers at boot', () => {
  expect(texts()['savepoint-recover.service']).toBe(`[Unit]
Description=Savepoint: finish or drop the rollback that a crash interrupted
DefaultDependencies=no
After=local-fs.target systemd-remount-fs.service
Before=sysinit.target systemd-tmpfiles-setup.service network-pre.target shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target
RequiresMountsFor=/usr/bin/node /usr/local/bin/savepoint /var/lib/savepoint /etc/savepoint.yaml /etc /srv/app
ConditionPathExists=/var/lib/savepoint/store.json
StartLimitIntervalSec=15min
StartLimitBurst=60

[Service]
Type=oneshot
RemainAfterExit=yes
Restart=on-failure
RestartSec=10s
ExecStart=/usr/bin/node /usr/local/bin/savepoint --store /var/lib/savepoint recover
TimeoutStartSec=15min
StandardOutput=journal
StandardError=journal+console

[Install]
WantedBy=sysinit.target
`);
});

test('the watchdog', () => {
  expect(texts()['savepoint-watchdog.service']).toBe(`[Unit]
Description=Savepoint: watch over changes, and take them back where they fail
After=savepoint-recover.service
RequiresMountsFor=/usr/bin/node /usr/local/bin/savepoint /var/lib/savepoint /etc/savepoint.yaml
StartLimitIntervalSec=10min
StartLimitBurst=5

[Service]
Type=exec
ExecStart=/usr/bin/node /usr/local/bin/savepoint --store /var/lib/savepoint --config /etc/savepoint.yaml watchdog
Restart=on-failure
RestartSec=5s

[Install]
WantedBy=multi-user.target
`);
});

test('the unit that saves, and its timer', () => {
  expect(texts()['savepoint-save.service']).toBe(`[Unit]
Description=Savepoint: take a recovery point
After=savepoint-recover.service
RequiresMountsFor=/usr/bin/node /usr/local/bin/savepoint /var/lib/savepoint /etc/savepoint.yaml

[Service]
Type=oneshot
ExecStart=/usr/bin/node /usr/local/bin/savepoint --store /var/lib/savepoint --config /etc/savepoint.yaml save -m "automatic point"
SuccessExitStatus=6
Nice=19
IOSchedulingClass=idle
`);
  expect(texts()['savepoint-save.timer']).toBe(`[Unit]
Description=Savepoint: take recovery points

[Timer]
OnCalendar=*-*-* *:00:00
Persistent=true
RandomizedDelaySec=60s
AccuracySec=60s

[Install]
WantedBy=timers.target
`);
});

test('without a watchdog, a timer and a configuration, recovery is left', () => {
  const { configuration, everyMs, ...rest } = PLAIN;
  const files = unitFiles({ ...rest, watchdog: false });
  expect(files.map(({ path }) => path)).toEqual(['/etc/systemd/system/savepoint-recover.service']);
});

test('what means something to systemd is written so that it means itself', () => {
  const braced = '$'.concat('{x}');
  const store = `/a b/50%/"q"/back\\slash/$HOME/${braced}`;
  const recover = texts({ store, mounts: [store], componentMounts: [] })['savepoint-recover.service'];
  const quoted = `"/a b/50%%/\\"q\\"/back\\\\slash/$$HOME/$${braced}"`;
  expect(recover).toContain(`ExecStart=/usr/bin/node /usr/local/bin/savepoint --store ${quoted} recover\n`);
  expect(recover).toContain(`RequiresMountsFor="/a b/50%%/\\"q\\"/back\\\\slash/$HOME/${braced}"\n`);
  expect(recover).toContain(`ConditionPathExists=/a b/50%%/"q"/back\\slash/$HOME/${braced}/store.json\n`);
});

test('a program whose path systemd would refuse is run by a shell', () => {
  const lines = (node: string) =>
    texts({ program: [node, '/s.js'] })['savepoint-recover.service'].split('\n');
  const run = (node: string) => lines(node).find((line) => line.startsWith('ExecStart='));
  expect(run('/o p/n$%')).toBe('ExecStart="/o p/n$%%" /s.js --store /var/lib/savepoint recover');
  expect(run(`/it's/node`)).toBe(
    `ExecStart=/bin/sh -c "exec \\"$$@\\"" sh "/it's/node" /s.js --store /var/lib/savepoint recover`,
  );
});

test('the words of a command line are read as they were written', () => {
  const words = ['plain', 'two words', '"', "'", '\\', '\\"', '%h', '%%', '$HOME', '$$', ''];
  expect(readCommandLine(commandLine(['/usr/bin/node', ...words]))).toEqual(['/usr/bin/node', ...words]);
  expect(readCommandLine(commandLine(["/it's/node", ...words])).slice(-words.length)).toEqual(words);
});
