// What systemctl prints is read as it is meant, in all forms that its versions have; so are names, patterns and durations.
import { expect, test } from 'vitest';
import { readTimeoutMs } from '#adapters/systemd/read-timeout.js';
import { parseUnits } from '#adapters/systemd/unit-facts.js';
import { dropInDirectories, fragmentNames, matchesUnit } from '#adapters/systemd/unit-name.js';

test('properties of several units are read, quoted words and lists among them', () => {
  const text = [
    'Id=ssh.service\nJob=\nAfter=a.service "dev-\\\\x2d.device" $\'b\\\\c.service\'\nMemoryCurrent=[not set]',
    'DropInPaths="/etc/x.d/10 odd \\"x.conf" /etc/x.d/20.conf\nActiveEnterTimestamp=Thu 2026-11-26 10:17:39 UTC\n',
    'Id=b.service\nJob=17\nMemoryCurrent=18446744073709551615\nActiveEnterTimestamp=n/a',
    'EnvironmentFiles=/etc/default/b (ignore_errors=yes)\nEnvironmentFiles=/etc/b dir/*.env (ignore_errors=no)\n',
    'Id=c.service\nJob=0\nMemoryCurrent=4096\n',
  ].join('\n');
  const [ssh, b, c, ...more] = parseUnits(['sshd.service', 'b.service', 'c.service'], text);
  expect(more).toEqual([]);
  expect(ssh).toMatchObject({ name: 'sshd.service', id: 'ssh.service', job: 0, memoryBytes: undefined });
  expect(ssh.after).toEqual(['a.service', 'dev-\\x2d.device', 'b\\c.service']);
  expect(ssh.files.dropIns).toEqual(['/etc/x.d/10 odd "x.conf', '/etc/x.d/20.conf']);
  expect(ssh.activeSince).toBe('2026-11-26T10:17:39Z');
  expect(b).toMatchObject({ job: 17, memoryBytes: undefined, activeSince: undefined });
  expect(b.files.environment).toEqual(['/etc/default/b', '/etc/b dir/*.env']);
  expect(c).toMatchObject({ job: 0, memoryBytes: 4096 });
});

test('files of a unit can have the names that systemd looks for', () => {
  expect(fragmentNames('app@x.service')).toEqual(['app@x.service', 'app@.service']);
  expect(dropInDirectories('a-b-c@x.service')).toEqual(
    ['a-b-c@x', 'a-b-c@', 'a-b-', 'a-', ''].map((name) => (name === '' ? 'service.d' : `${name}.service.d`)),
  );
  expect(fragmentNames('plain.timer')).toEqual(['plain.timer']);
});

test('a pattern stands for whole names, and its other characters for themselves', () => {
  const pattern = 'app@*.service';
  expect(
    ['app@x.service', 'app@.service', 'app@xservice', 'my-app@x.service'].map((name) =>
      matchesUnit(name, pattern),
    ),
  ).toEqual([true, true, false, false]);
  expect([
    matchesUnit('a\\x2d.mount', 'a\\x2d.mount'),
    matchesUnit('a\\x2d1.mount', 'a\\x2d?.mount'),
  ]).toEqual([true, true]);
});

test('a timeout is a number of seconds or a text with units, 90 s where there is none', () => {
  const read = (timeout: string | number) => readTimeoutMs({ timeout });
  expect([read(1.5), read('90s'), read('1m30s'), read('250ms'), readTimeoutMs({})]).toEqual([
    1500, 90_000, 90_000, 250, 90_000,
  ]);
});
