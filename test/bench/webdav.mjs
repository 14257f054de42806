// What it costs to read the Linux source over WebDAV from `savepoint serve`, beside `rclone serve` of the same files on the
// disk, by the same client. Prints medians.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { prepareDataSet } from './datasets/catalog.mjs';
import { source } from './datasets/source.mjs';
import { ensurePrograms } from './packages.mjs';
import { measure, run } from './process.mjs';
import { report } from './report.mjs';
import { medianOf } from './summary.mjs';
import { entryPoint } from './tools/savepoint.mjs';

const MOST_SECONDS_TO_START = 60;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    data: { type: 'string', default: join(tmpdir(), 'savepoint-bench') },
    small: { type: 'boolean', default: false },
    port: { type: 'string', default: '18090' },
  },
});

const { tree } = await prepareDataSet({
  set: source,
  dataDirectory: values.data,
  small: values.small,
  report,
});
const scratch = mkdtempSync(join(values.data, 'webdav-'));
const store = join(scratch, 'store');
const url = `http://127.0.0.1:${values.port}/`;

/** The words that serve, and the path of the tree below the URL. @type {Record<string, { argv: string[], path: string }>} */
const SERVERS = {
  savepoint: {
    argv: [
      ...[process.execPath, entryPoint, '--store', store],
      ...['serve', '--webdav', '--port', values.port, 'point'],
    ],
    path: 'tree/',
  },
  'rclone serve': {
    argv: ['rclone', 'serve', 'webdav', '--addr', `127.0.0.1:${values.port}`, tree],
    path: '',
  },
};

/** @param {string} path */
const remote = (path) => ['--webdav-url', url + path, ':webdav:'];
/** @type {Record<string, (path: string, target: string) => string[]>} */
const READINGS = {
  'list all': (path) => ['rclone', 'lsf', '-R', ...remote(path)],
  'copy all': (path, target) => ['rclone', 'copy', '--transfers', '8', ...remote(path), target],
};

/** @param {string[]} argv */
async function serve(argv) {
  const server = spawn(argv[0], argv.slice(1), { stdio: 'ignore' });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const isUp = () =>
    fetch(url, { method: 'OPTIONS' }).then(
      () => true,
      () => false,
    );
  for (let waited = 0; !(await isUp()); waited += 0.1) {
    if (server.exitCode !== null || waited > MOST_SECONDS_TO_START)
      throw new Error(`${argv[0]} serves nothing`);
    await delay(100);
  }
  return {
    peakBytes: () =>
      Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) * 1024,
    async end() {
      server.kill('SIGTERM');
      await ended;
    },
  };
}

/** @type {Map<string, number[]>} */
const samples = new Map();
/** @param {string} what @param {number} value */
function keep(what, value) {
  samples.set(what, [...(samples.get(what) ?? []), value]);
  report(`${what}: ${value.toFixed(2)}`);
}

try {
  await ensurePrograms(['rclone', 'time'], report);
  report('saving');
  await run({ argv: [process.execPath, entryPoint, '--store', store, 'save', tree, '--name', 'point'] });
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [name, { argv, path }] of Object.entries(SERVERS)) {
      const server = await serve(argv);
      for (const [what, words] of Object.entries(READINGS)) {
        const target = join(scratch, 'copy');
        mkdirSync(target);
        const { wallSeconds } = await measure({ argv: words(path, target), output: '/dev/null' }, {});
        rmSync(target, { recursive: true });
        keep(`${name}: ${what}, s`, wallSeconds);
      }
      keep(`${name}: peak memory, MiB`, server.peakBytes() / 2 ** 20);
      await server.end();
    }
  }
  for (const [what, all] of [...samples].sort())
    process.stdout.write(`${what}: ${medianOf(all).toFixed(2)}\n`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
