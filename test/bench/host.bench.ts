// How long it takes to capture all components of a Debian host, beside a plain save of the same files: both on the same booted
// machine, in turn, each into a store of its own, first and again with nothing changed. Medians are printed; nothing is judged.
import { join } from 'node:path';
import { test } from 'vitest';
import { createDebianChroot } from '../fixtures/debian-chroot.js';
import { SERVER } from '../fixtures/debian-system.js';
import { type SystemdMachine, startSystemdMachine } from '../fixtures/systemd-machine.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

const ROUNDS = Number(process.env['SAVEPOINT_BENCH_ROUNDS'] ?? 5);
const MOST_MS = 3_600_000;

const CONFIGURATION = `
components:
  etc: { kind: config, paths: [/etc], critical: true }
  packages: { kind: packages }
  access: { kind: security, after: [etc] }
  units: { kind: systemd, units: ['*.service', '*.timer', '*.socket'], after: [packages, etc] }
  kernel: { kind: kernel, sysctl: ['net.*', 'vm.*', 'kernel.*'], memory: true, interfaces: ['*'], mounts: [/], firewall: false }
`;

/** All that packages, configuration and accounts are made of. */
const FILES = ['/etc', '/usr', '/var/lib/dpkg', '/var/lib/apt', '/root', '/home'];

async function seconds(machine: SystemdMachine, args: readonly string[]): Promise<number> {
  const started = performance.now();
  const { exitCode, stderr } = await machine.savepoint([...args], { timeoutMs: MOST_MS });
  if (exitCode !== 0) throw new Error(stderr);
  return (performance.now() - started) / 1000;
}

function median(values: readonly number[]): string {
  return `${[...values].sort((left, right) => left - right)[Math.floor(values.length / 2)].toFixed(2)} s`;
}

test(
  'capturing a host',
  async () => {
    const root = join(createTemporaryDirectory({ inMemory: true }), 'system');
    const debian = createDebianChroot(root, { include: SERVER });
    debian.write('etc/savepoint.yaml', CONFIGURATION);
    const machine = await startSystemdMachine(root);
    // The copy of a system is younger than its lists of files; on a host dpkg writes these last.
    await machine.run(['sh', '-c', 'chmod 0644 /var/lib/dpkg/info/*.list']);
    const times = {
      plain: [] as number[],
      plainAgain: [] as number[],
      all: [] as number[],
      allAgain: [] as number[],
    };
    for (let round = 0; round < ROUNDS; round++) {
      for (const store of ['/plain', '/all']) {
        await machine.run(['rm', '-rf', store]);
        await machine.savepoint(['init', store]);
      }
      times.plain.push(await seconds(machine, ['--store', '/plain', 'save', ...FILES]));
      times.all.push(await seconds(machine, ['--store', '/all', 'save']));
      times.plainAgain.push(await seconds(machine, ['--store', '/plain', 'save', ...FILES]));
      times.allAgain.push(await seconds(machine, ['--store', '/all', 'save']));
    }
    const { stdout } = await machine.savepoint(['--store', '/all', 'show', 'latest']);
    console.log(stdout);
    for (const [name, values] of Object.entries(times)) console.log(`${name.padEnd(12)} ${median(values)}`);
  },
  MOST_MS,
);
