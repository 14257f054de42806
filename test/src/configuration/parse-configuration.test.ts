// A right file: what is written is taken as it is, what is not has its default, and amounts are numbers.
import { describe, expect, it } from 'vitest';
import { isFileComponent } from '#src/configuration/configuration.js';
import { parseConfiguration } from '#src/configuration/parse-configuration.js';
import { FILE, lines } from './expect-refusal.js';

const parse = (...text: string[]) => parseConfiguration(lines(...text), FILE);

/** Section 10 of the design, as far as this version has adapters. */
const EXAMPLE = [
  'components:',
  '  etc:    { kind: config,   paths: [/etc], exclude: ["mtab"], critical: true, validate: ["sshd -t"] }',
  '  app:    { kind: files,    paths: [/srv/app], exclude: ["**/cache/**"], after: [etc] }',
  '  web:    { kind: systemd,  units: [nginx.service], after: [etc, app] }',
  '  kernel: { kind: kernel,   sysctl: ["vm.*", "net.ipv4.*"] }',
  'retention: { keepLast: 10, keepPerComponent: 5, keepHours: 24, keepDaily: 7, maxBytes: 20GiB }',
  'guard:     { timeout: 5m, triggers: [failure, timeout, service, critical-log, corruption], partial: true,',
  '             priority: [kernel, etc], health: [{ http: "http://127.0.0.1/health" }, { command: "systemctl is-active nginx", required: false }] }',
];

describe('a configuration', () => {
  it('is what the file says', () => {
    expect(parse(...EXAMPLE)).toEqual({
      file: FILE,
      adapters: [],
      components: [
        {
          ...{ name: 'etc', kind: 'config', paths: ['/etc'], exclude: ['mtab'], category: 'configuration' },
          ...{ critical: true, after: [], onError: 'abort', validate: ['sshd -t'] },
          ...{ swap: false, oneFileSystem: false, neverRevert: [], reload: [], checkFormats: true },
        },
        {
          ...{ name: 'app', kind: 'files', paths: ['/srv/app'], exclude: ['**/cache/**'] },
          ...{ category: 'filesystem', critical: false, after: ['etc'], onError: 'continue', validate: [] },
          ...{ swap: false, oneFileSystem: false, neverRevert: [], reload: [], checkFormats: false },
        },
        {
          ...{ name: 'web', kind: 'systemd', category: 'service', critical: false, after: ['etc', 'app'] },
          ...{ onError: 'continue', validate: [] },
          settings: { units: ['nginx.service'], onChange: 'restart', timeout: '90s' },
        },
        {
          ...{ name: 'kernel', kind: 'kernel', category: 'kernel', critical: false, after: [] },
          ...{ onError: 'continue', validate: [] },
          settings: {
            ...{ sysctl: ['vm.*', 'net.ipv4.*'], modules: [], processes: [], cgroups: [], interrupts: false },
            ...{ memory: false, block: [], interfaces: [], mounts: [], firewall: false },
          },
        },
      ],
      retention: {
        ...{
          keepLast: 10,
          keepPerComponent: 5,
          keepHours: 24,
          keepDaily: 7,
          keepWeekly: 0,
          keepMonthly: 0,
          keepTags: [],
        },
        maxBytes: 20 * 2 ** 30,
      },
      guard: {
        timeoutMs: 300_000,
        triggers: [
          { on: 'failure', do: 'revert' },
          { on: 'timeout', do: 'revert' },
          { on: 'service', do: 'revert' },
          { on: 'critical-log', do: 'revert' },
          { on: 'corruption', do: 'revert', paths: [], store: true },
        ],
        ...{ partial: true, rollbacksPerHour: 2, backOffMs: 60_000, watchMs: 5000, withData: false },
        priority: ['kernel', 'etc'],
        health: [
          {
            probe: { kind: 'http', url: 'http://127.0.0.1/health' },
            ...{ required: true, intervalMs: 5_000, timeoutMs: 10_000 },
          },
          {
            probe: { kind: 'command', command: 'systemctl is-active nginx' },
            ...{ required: false, intervalMs: 5_000, timeoutMs: 10_000 },
          },
        ],
      },
    });
  });

  it('of hardly anything has every default', () => {
    expect(parse('components: {}')).toEqual({
      ...{ file: FILE, adapters: [], components: [] },
      retention: {
        ...{
          keepLast: 10,
          keepPerComponent: 5,
          keepHours: 24,
          keepDaily: 7,
          keepWeekly: 0,
          keepMonthly: 0,
          keepTags: [],
        },
      },
      guard: {
        triggers: [
          { on: 'failure', do: 'revert' },
          { on: 'timeout', do: 'revert' },
        ],
        ...{ timeoutMs: 300_000, partial: false, priority: [], health: [] },
        ...{ rollbacksPerHour: 2, backOffMs: 60_000, watchMs: 5000, withData: false },
      },
    });
    expect(parse('{}')).toEqual(parse('components: {}'));
    expect(parse('retention: {}', 'guard: {}')).toEqual(parse('{}'));
  });

  it('keeps what was written against every default', () => {
    const [component] = parse(
      'components:',
      '  keys:',
      '    kind: files',
      '    paths: [/etc/ssh, /root/.ssh]',
      '    category: security',
      '    critical: true',
      '    onError: continue',
      '    swap: true',
      '    oneFileSystem: true',
    ).components;
    expect(component).toMatchObject({
      ...{ paths: ['/etc/ssh', '/root/.ssh'], category: 'security', critical: true, onError: 'continue' },
      ...{ swap: true, oneFileSystem: true },
    });
  });

  it('has a probe for each sort of health check', () => {
    const { health } = parse(
      'guard:',
      '  confirm: 90',
      '  health:',
      '    - command: pg_isready',
      '    - http: https://localhost:8443/health?deep=1',
      '    - tcp: localhost:5432',
      '    - tcp: "[::1]:22"',
      '    - file: /run/app.pid',
      '    - unit: getty@tty1.service',
      '    - disk: { path: /var, freeBytes: 1GiB }',
      '    - { process: nginx, interval: 500ms, timeout: 2, healthyFor: 1m30s, deadline: 10m }',
    ).guard;
    expect(health.map(({ probe }) => probe)).toEqual([
      { kind: 'command', command: 'pg_isready' },
      { kind: 'http', url: 'https://localhost:8443/health?deep=1' },
      { kind: 'tcp', host: 'localhost', port: 5432 },
      { kind: 'tcp', host: '::1', port: 22 },
      { kind: 'file', path: '/run/app.pid' },
      { kind: 'unit', unit: 'getty@tty1.service' },
      { kind: 'disk', path: '/var', freeBytes: 2 ** 30 },
      { kind: 'process', name: 'nginx' },
    ]);
    expect(health.at(-1)).toMatchObject({
      ...{ intervalMs: 500, timeoutMs: 2_000, healthyForMs: 90_000, deadlineMs: 600_000 },
    });
  });

  it('has a rule for each trigger, and what it says more of it', () => {
    const { triggers } = parse(
      'components: { web: { kind: files, paths: [/srv/web] } }',
      'guard:',
      '  triggers:',
      '    - timeout',
      '    - { on: service, units: [nginx.service], components: [web] }',
      '    - { on: critical-log, file: /var/log/app.log, patterns: ["panic:"], do: report }',
      '    - { on: critical-log, components: [filesystem] }',
      '    - { on: corruption, paths: [/usr/lib/app] }',
      '    - { on: corruption, paths: [/srv/data], store: true }',
    ).guard;
    expect(triggers).toEqual([
      { on: 'timeout', do: 'revert' },
      { on: 'service', do: 'revert', units: ['nginx.service'], components: ['web'] },
      { on: 'critical-log', do: 'report', file: '/var/log/app.log', patterns: ['panic:'] },
      { on: 'critical-log', do: 'revert', components: ['filesystem'] },
      { on: 'corruption', do: 'revert', paths: ['/usr/lib/app'], store: false },
      { on: 'corruption', do: 'revert', paths: ['/srv/data'], store: true },
    ]);
  });

  it('may be written in JSON, with a byte order mark, or in the line ends of Windows', () => {
    const plain = { components: { etc: { kind: 'config', paths: ['/etc'] } } };
    const parsed = parseConfiguration(JSON.stringify(plain), FILE);
    expect(parse('components:', '  etc:', '    kind: config', '    paths:', '      - /etc')).toEqual(parsed);
    expect(parse('\ufeffcomponents:\r', '  etc: { kind: config, paths: [/etc] }\r')).toEqual(parsed);
  });

  it('may say something once and repeat it by an alias', () => {
    const { components } = parse(
      'components:',
      '  a: { kind: files, paths: [/a], exclude: &junk ["*.tmp", "*.log"] }',
      '  b: { kind: files, paths: [/b], exclude: *junk }',
    );
    expect(components.map((component) => isFileComponent(component) && component.exclude)).toEqual([
      ['*.tmp', '*.log'],
      ['*.tmp', '*.log'],
    ]);
  });

  it('may have a component of a name that objects have', () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const { components } = parse(
      'components:',
      ...names.map((name) => `  ${name}: { kind: files, paths: [/a] }`),
    );
    expect(components.map(({ name, kind }) => [name, kind])).toEqual(names.map((name) => [name, 'files']));
  });

  it('is frozen, in all depth', () => {
    const configuration = parse(...EXAMPLE);
    const isFrozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(isFrozen));
    expect(isFrozen(configuration)).toBe(true);
  });
});
