// The conformance suite on this project's own state adapters, each against its real system: the kernel in namespaces, a systemd that
// is the first process of a machine, dpkg and accounts in Debian systems, and a supervisord.
import { cpSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeStateAdapter, type StateScene } from 'savepoint/conformance';
import { describe, expect, it } from 'vitest';
import { manifestAdapter } from '#adapters/manifest/manifest-adapter.js';
import { createSupervisorInstance, programSection } from '../adapters/manifest/supervisor-instance.js';
import { createDebianChroot } from '../fixtures/debian-chroot.js';
import { buildPackage } from '../fixtures/debian-package.js';
import { NODE, PROJECT } from '../fixtures/private-root.js';
import { type RunResult, runCommand } from '../fixtures/run-command.js';
import { startSystemdMachine } from '../fixtures/systemd-machine.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const MOST_MS = 600_000;
const PATIENT = { timeoutMs: MOST_MS };

/** The words that run a scene where the project is at `project`. */
const words = (project: string, scene: string) => [
  join(project, 'test/conformance/run-scene.mjs'),
  join(project, `test/conformance/scenes/${scene}.mjs`),
];

function expectAllPassed({ stdout, stderr, exitCode }: RunResult): void {
  expect([exitCode, stderr]).toEqual([0, '']);
  const results = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly name: string; readonly error?: string });
  expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(results.length).toBeGreaterThanOrEqual(10);
}

describe('the conformance suite passes', () => {
  it(
    'for the kernel',
    async () => {
      const own = ['--propagation', 'private', '--net', '--mount', '--ipc', process.execPath];
      expectAllPassed(
        await runCommand('unshare', [...own, ...words(join(HERE, '../..'), 'kernel')], PATIENT),
      );
    },
    MOST_MS,
  );

  it(
    'for systemd',
    async () => {
      const root = join(createTemporaryDirectory(), 'system');
      createDebianChroot(root, { include: ['systemd'] });
      const machine = await startSystemdMachine(root);
      expectAllPassed(await machine.run([NODE, ...words(PROJECT, 'systemd')], PATIENT));
    },
    MOST_MS,
  );

  it(
    'for packages',
    async () => {
      const debian = createDebianChroot(join(createTemporaryDirectory(), 'system'));
      const versions = [
        { name: 'demo', version: '1', files: { '/usr/share/demo/version': '1', '/etc/demo.conf': 'one' } },
        { name: 'demo', version: '2', files: { '/usr/share/demo/version': '2', '/etc/demo.conf': 'two' } },
        { name: 'extra', version: '1', files: { '/usr/bin/extra': '#!/bin/sh\n' } },
      ];
      for (const file of versions.map(buildPackage))
        cpSync(file, join(debian.root, 'var/tmp', basename(file)));
      expectAllPassed(await debian.run([NODE, ...words(PROJECT, 'packages')], PATIENT));
    },
    MOST_MS,
  );

  it(
    'for security',
    async () => {
      const include = ['sudo', 'adduser', 'libcap2-bin'];
      const debian = createDebianChroot(join(createTemporaryDirectory(), 'system'), { include });
      expectAllPassed(await debian.run([NODE, ...words(PROJECT, 'security')], PATIENT));
    },
    MOST_MS,
  );
});

describeStateAdapter(
  { describe, it: (name, test) => it(name, test, MOST_MS) },
  manifestAdapter,
  async (): Promise<StateScene> => {
    const supervisor = createSupervisorInstance();
    supervisor.put({
      'a.conf': programSection('a', '/bin/sleep 1000'),
      'b.conf': programSection('b', '/bin/sleep 1000'),
    });
    supervisor.start();
    await supervisor.reach(['a', 'b'], 'RUNNING');
    let changes = 0;
    return {
      settings: supervisor.settings,
      async change() {
        changes++;
        const files = {
          'a.conf': programSection('a', `/bin/sleep 200${changes}`),
          'c.conf': programSection('c', '/bin/sleep 1000'),
        };
        supervisor.put(files);
        supervisor.control('update');
        await supervisor.reach(['a', 'c'], 'RUNNING');
      },
      describe: async () =>
        `${JSON.stringify(supervisor.files())}\n${commandsOf(supervisor.control('status'))}`,
      close: () => supervisor.stop(),
    };
  },
);

/** What runs, by its name and words. */
function commandsOf(status: string): string {
  return [...status.matchAll(/^(\S+)\s+RUNNING\s+pid (\d+)/gm)]
    .map(([, name, pid]) => `${name}: ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`)
    .join('\n');
}
