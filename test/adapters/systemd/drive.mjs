// Runs in a machine of the tests: takes points of units there and rolls them back, as the engine does with any adapter, and
// prints what came of it as JSON. A point is a directory with the documents and the component's files.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { systemdAdapter } from '#adapters/systemd/systemd-adapter.js';
import { listenForUnits } from '#adapters/systemd/unit-signals.js';

const POINTS = '/var/lib/test-points';

const commands = { save, rollback, capture, health, watch, listen, check };
const [command, input] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await commands[command](JSON.parse(input)))}\n`);

function contextOf({ settings }) {
  return { component: 'web', settings };
}

async function read(options) {
  const documents = new Map();
  const report = ({ object, message }) => {
    throw new Error(`${object}: ${message}`);
  };
  const context = { ...contextOf(options), previous: async () => undefined, scratch: () => '/tmp', report };
  for await (const { path, content } of systemdAdapter.capture(context)) {
    documents.set(path, Buffer.from(content).toString());
  }
  return documents;
}

function readerOf(documents) {
  return {
    list: async (prefix) => [...documents.keys()].filter((path) => path.startsWith(`${prefix}/`)).sort(),
    read: async (path) => (documents.has(path) ? Buffer.from(documents.get(path)) : undefined),
    copyTo: async (path, file) => writeFileSync(file, documents.get(path)),
  };
}

/** All that is at and below `paths`, as a map from each path to what stands there. */
function describe(paths, root = '') {
  const found = new Map();
  const look = (path) => {
    const stat = lstatSync(root + path, { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (stat.isSymbolicLink()) return found.set(path, `link ${readlinkSync(root + path)}`);
    found.set(path, stat.isDirectory() ? 'directory' : `file ${readFileSync(root + path, 'utf8')}`);
    if (stat.isDirectory()) for (const name of readdirSync(root + path)) look(join(path, name));
  };
  for (const path of paths) look(path);
  return found;
}

function copy(path, root, target) {
  if (lstatSync(root + path, { throwIfNoEntry: false }) === undefined) return;
  mkdirSync(dirname(target + path), { recursive: true });
  execFileSync('cp', ['-a', root + path, target + path]);
}

async function save(options) {
  const point = join(POINTS, options.name);
  rmSync(point, { recursive: true, force: true });
  mkdirSync(join(point, 'files'), { recursive: true });
  const { paths } = await systemdAdapter.files(contextOf(options));
  for (const path of paths) copy(path, '', join(point, 'files'));
  const documents = await read(options);
  writeFileSync(join(point, 'point.json'), JSON.stringify({ paths, documents: [...documents] }));
  return { paths: paths.filter((path) => existsSync(path)) };
}

async function rollback(options) {
  const point = join(POINTS, options.name);
  const saved = JSON.parse(readFileSync(join(point, 'point.json'), 'utf8'));
  const live = await systemdAdapter.files(contextOf(options));
  const paths = [...new Set([...saved.paths, ...live.paths])];
  const [now, then] = [describe(paths), describe(paths, join(point, 'files'))];
  const files = [...new Set([...now.keys(), ...then.keys()])]
    .filter((path) => now.get(path) !== then.get(path))
    .sort();
  const to = readerOf(new Map(saved.documents));
  const compare = async (change) => {
    const from = readerOf(await read(options));
    return {
      from,
      plan: await systemdAdapter.compare({ from, to, changed: [], ...change }, contextOf(options)),
    };
  };
  const { from, plan } = await compare({ files, dependencies: options.dependencies ?? [] });
  const result = { plan, files, problems: [], done: [] };
  const directory = mkdtempSync('/var/lib/test-staging-');
  const context = { ...contextOf(options), attempt: 'a1b2c3-1', staging: () => directory, from, to };
  const prepared = JSON.parse(JSON.stringify(await systemdAdapter.stage(plan.steps, context)));
  const applying = { ...context, done: ({ object }) => result.done.push(object) };
  result.problems.push(...(await systemdAdapter.stop(prepared, applying)));
  if (result.problems.length > 0) return result;
  for (const path of paths) {
    if (![...files].some((each) => each === path || each.startsWith(`${path}/`))) continue;
    rmSync(path, { recursive: true, force: true });
    copy(path, join(point, 'files'), '');
  }
  for (let round = 0; round < (options.rounds ?? 1); round++) {
    result.problems.push(...(await systemdAdapter.apply(prepared, applying)));
  }
  return { ...result, left: (await compare({ files: [], dependencies: [] })).plan.steps };
}

async function capture(options) {
  return Object.fromEntries(await read(options));
}

function health(options) {
  return systemdAdapter.health(contextOf(options));
}

/** What is told of while `change` is done, until the unit named `until` was among it. */
async function watch(options) {
  const told = [];
  let tell = () => {};
  const arrived = new Promise((resolve) => {
    tell = resolve;
  });
  const watching = await systemdAdapter.watch(contextOf(options), (object) => {
    told.push(object);
    if (object === options.until) tell();
  });
  const start = performance.now();
  execFileSync(options.change[0], options.change.slice(1));
  await arrived;
  watching.close();
  return { told, tookMs: performance.now() - start };
}

/** What is heard over the bus while `change` is done, and whether it is told that the bus goes away when `end` is done. */
async function listen({ change, end }) {
  const events = { heard: () => {}, lost: () => {} };
  const [heard, lost] = ['heard', 'lost'].map(
    (event) => new Promise((resolve) => Object.assign(events, { [event]: resolve })),
  );
  const signals = await listenForUnits({ heard: () => events.heard(), lost: () => events.lost() });
  if (signals === undefined) return { isThere: false };
  execFileSync(change[0], change.slice(1));
  await heard;
  execFileSync(end[0], end.slice(1));
  await lost;
  signals.close();
  return { isThere: true };
}

/** With the directory `staged` in the place of /etc/systemd/system. */
function check(options) {
  const run = async (program, args) => {
    const script = `mount --bind '${options.staged}' /etc/systemd/system && exec "$@" 2>&1`;
    const words = ['--mount', 'sh', '-c', script, 'sh', program, ...args];
    const { status, stdout } = spawnSync('unshare', words, { encoding: 'utf8' });
    return { exitCode: status ?? undefined, output: stdout };
  };
  return systemdAdapter.check({ run }, contextOf(options));
}
