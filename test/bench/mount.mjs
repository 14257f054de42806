// What it costs to read the Linux source through a mount, beside the same on the disk and beside a mount of restic: the first
// time, when everything has to be decoded, and again, when the kernel keeps it. Prints medians, and their ratios to the disk.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { prepareDataSet } from './datasets/catalog.mjs';
import { source } from './datasets/source.mjs';
import { ensurePackage, ensurePrograms } from './packages.mjs';
import { measure, run } from './process.mjs';
import { report } from './report.mjs';
import { medianOf } from './summary.mjs';
import { entryPoint } from './tools/savepoint.mjs';

const MOST_SECONDS_TO_MOUNT = 60;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    data: { type: 'string', default: join(tmpdir(), 'savepoint-bench') },
    small: { type: 'boolean', default: false },
    'no-restic': { type: 'boolean', default: false },
  },
});

/** Each ends with 0, whatever it finds. @type {Record<string, (tree: string, original: string) => string[]>} */
const READINGS = {
  'grep -r': (tree) => ['sh', '-c', 'grep -r a-word-that-is-not-there "$0" || test $? = 1', tree],
  'find -ls': (tree) => ['find', tree, '-ls'],
  'tar c': (tree) => ['sh', '-c', 'tar -C "$0" -cf - . | cat', tree],
  'rsync -c': (tree, original) => ['rsync', '-aHnc', `${tree}/`, `${original}/`],
};

/**
 * @typedef {object} Mounter
 * @property {(place: string) => string[]} argv serves until it is unmounted
 * @property {(place: string) => string} tree where the tree is then
 */

/** @type {Set<string>} */
const mountedNow = new Set();
/** @param {string} place */
const isMounted = (place) => readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${place} `);

/** @param {Mounter} mounter @param {string} place @param {Record<string, string>} env */
async function mount(mounter, place, env) {
  mkdirSync(place, { recursive: true });
  const [program, ...words] = mounter.argv(place);
  const server = spawn(program, words, { stdio: 'ignore', env: { ...process.env, ...env } });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  for (let waited = 0; !isMounted(place) || !existsSync(mounter.tree(place)); waited += 0.1) {
    if (server.exitCode !== null || waited > MOST_SECONDS_TO_MOUNT)
      throw new Error(`${program} mounts nothing`);
    await delay(100);
  }
  mountedNow.add(place);
  return {
    peakBytes: () =>
      Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) * 1024,
    async unmount() {
      await run({ argv: ['umount', place] });
      mountedNow.delete(place);
      await ended;
    },
  };
}

const { tree } = await prepareDataSet({
  set: source,
  dataDirectory: values.data,
  small: values.small,
  report,
});
const scratch = mkdtempSync(join(values.data, 'mount-'));
const store = join(scratch, 'store');
const repository = join(scratch, 'restic');
const secret = { RESTIC_PASSWORD: 'benchmark', RESTIC_CACHE_DIR: join(scratch, 'cache') };

/** @type {Record<string, Mounter>} */
const mounters = {
  savepoint: {
    argv: (place) => [
      ...[process.execPath, entryPoint, '--store', store, 'mount', 'point', place],
      ...['--component', 'tree'],
    ],
    tree: (place) => place,
  },
};

async function prepareStores() {
  await ensurePrograms(['rsync', 'tar', 'time'], report);
  report('saving');
  await run({ argv: [process.execPath, entryPoint, '--store', store, 'save', tree, '--name', 'point'] });
  if (values['no-restic']) return;
  try {
    await ensurePrograms(['restic'], report);
    await ensurePackage({ name: 'fuse3', file: '/usr/bin/fusermount3' });
    for (const words of [['init'], ['backup', '--quiet', '.']])
      await run({ argv: ['restic', '-r', repository, ...words], cwd: tree, env: secret });
    mounters['restic'] = {
      argv: (place) => ['restic', '-r', repository, 'mount', place],
      tree: (place) => join(place, 'snapshots/latest'),
    };
  } catch (error) {
    report(`without restic: ${error instanceof Error ? error.message : error}`);
  }
}

/** @type {Map<string, number[]>} */
const samples = new Map();
/** @param {string} what @param {string[]} argv */
async function sample(what, argv) {
  const { wallSeconds } = await measure({ argv, output: '/dev/null' }, {});
  samples.set(what, [...(samples.get(what) ?? []), wallSeconds]);
  report(`${what}: ${wallSeconds.toFixed(2)} s`);
}

let peakBytes = 0;
/** @param {string} name @param {Mounter} mounter */
async function measureMount(name, mounter) {
  for (const [reading, command] of Object.entries(READINGS)) {
    // Of each, a mount that nothing was read of yet.
    const place = join(scratch, `mounted-${name}`);
    const mounted = await mount(mounter, place, secret);
    // The link is for grep to follow.
    const below = realpathSync(mounter.tree(place));
    await sample(`${reading}, ${name}`, command(below, tree));
    await sample(`${reading}, ${name}, again`, command(below, tree));
    if (name === 'savepoint') peakBytes = Math.max(peakBytes, mounted.peakBytes());
    await mounted.unmount();
  }
}

try {
  await prepareStores();
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const [reading, command] of Object.entries(READINGS)) {
      const argv = command(tree, tree);
      if (round === 0) await run({ argv: ['sh', '-c', '"$@" > /dev/null', 'sh', ...argv] });
      await sample(`${reading}, disk`, argv);
    }
    for (const [name, mounter] of Object.entries(mounters)) await measureMount(name, mounter);
  }
  const columns = [
    'savepoint',
    'savepoint, again',
    ...(mounters['restic'] ? ['restic', 'restic, again'] : []),
  ];
  const lines = [
    `| Linux 6.1 source, Node ${process.versions.node} | disk, warm | ${columns.join(' | ')} |`,
    `| --- | ---: |${' ---: |'.repeat(columns.length)}`,
    ...Object.keys(READINGS).map((reading) => {
      const disk = medianOf(samples.get(`${reading}, disk`) ?? []);
      const cells = columns.map((column) => {
        const seconds = medianOf(samples.get(`${reading}, ${column}`) ?? []);
        return `${seconds.toFixed(2)} s (${(seconds / disk).toFixed(1)})`;
      });
      return `| ${reading} | ${disk.toFixed(2)} s | ${cells.join(' | ')} |`;
    }),
    '',
    `Peak memory of the process that serves: ${(peakBytes / 2 ** 20).toFixed(0)} MiB.`,
    '',
  ];
  process.stdout.write(lines.join('\n'));
} finally {
  for (const place of mountedNow) await run({ argv: ['umount', '--lazy', place] });
  rmSync(scratch, { recursive: true, force: true });
}
