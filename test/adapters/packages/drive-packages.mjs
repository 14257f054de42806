// Drives the adapter of packages inside a system, where its programs are: captured documents are files below a directory, so
// that each call can be a process of its own, as after a crash. Prints one JSON document.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { packagesAdapter } from '../../../dist/adapters/packages/packages-adapter.js';

const STAGING = '/var/tmp/staging';
const settings = JSON.parse(process.env.SETTINGS ?? '{}');
const base = { component: 'packages', settings };
const done = [];
const attempt = {
  ...base,
  attempt: 'a1b2c3-1',
  staging: () => STAGING,
  done: ({ object }) => done.push(object),
};

const COMMANDS = {
  files: () => packagesAdapter.files(base),
  capture,
  compare,
  stage,
  apply,
  rollback,
  health: () => packagesAdapter.health(base),
};

const [command, ...args] = process.argv.slice(2);
try {
  process.stdout.write(JSON.stringify(await COMMANDS[command](...args)));
} catch (error) {
  if (error.code === undefined) throw error;
  process.stdout.write(JSON.stringify({ error: { code: error.code, message: error.message } }));
}

/** Into the directory `out`; `before` has what the point before it has. */
async function capture(out, before) {
  const problems = [];
  const asBefore = [];
  const context = {
    ...base,
    previous: async () => (before === undefined ? undefined : readerOf(before)),
    scratch: () => '/var/tmp',
    report: (problem) => problems.push(problem),
  };
  for await (const { path, content } of packagesAdapter.capture(context)) {
    const file = join(out, path);
    mkdirSync(dirname(file), { recursive: true });
    if (content === 'as-before') {
      asBefore.push(path);
      symlinkSync(join(before, path), file);
    } else if (existsSync(file)) throw new Error(`The document ${path} is there twice.`);
    else if (content instanceof Uint8Array) writeFileSync(file, content);
    else copyFileSync(content.file, file);
  }
  return { problems, asBefore };
}

async function compare(from, to) {
  const [old, wanted] = [pathsIn(from), pathsIn(to)];
  const isSame = (path) => old.has(path) && wanted.has(path) && isSameFile(join(from, path), join(to, path));
  const changed = [...new Set([...old, ...wanted])].filter((path) => !isSame(path)).sort();
  const comparison = { from: readerOf(from), to: readerOf(to), changed, files: [], dependencies: [] };
  return packagesAdapter.compare(comparison, base);
}

async function stage(from, to) {
  rmSync(STAGING, { recursive: true, force: true });
  mkdirSync(STAGING);
  const { steps } = await compare(from, to);
  const prepared = await packagesAdapter.stage(steps, { ...attempt, from: readerOf(from), to: readerOf(to) });
  writeFileSync(join(STAGING, 'prepared.json'), JSON.stringify(prepared));
  return { steps };
}

async function apply() {
  const prepared = JSON.parse(readFileSync(join(STAGING, 'prepared.json'), 'utf8'));
  const applied = await packagesAdapter.apply(prepared, attempt);
  const verified = await packagesAdapter.verify(prepared, attempt);
  return { problems: [...applied, ...verified], done };
}

/** All that core does, from the live state to what is left to do afterwards. */
async function rollback(to, before) {
  const [live, then] = [`${to}-live`, `${to}-then`];
  for (const each of [live, then]) rmSync(each, { recursive: true, force: true });
  await capture(live, before);
  const { steps } = await stage(live, to);
  const applied = await apply();
  await packagesAdapter.discard(attempt);
  await capture(then, before);
  const { steps: left } = await compare(then, to);
  return { steps, ...applied, left };
}

function readerOf(directory) {
  return {
    list: async (prefix) => [...pathsIn(directory)].filter((path) => path.startsWith(`${prefix}/`)).sort(),
    read: async (path) => {
      const file = join(directory, path);
      return existsSync(file) ? readFileSync(file) : undefined;
    },
    copyTo: async (path, file) => copyFileSync(join(directory, path), file),
  };
}

/** Links to what another point has are followed. */
function pathsIn(directory, prefix = '') {
  const paths = new Set();
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (!statSync(path).isDirectory()) paths.add(prefix + name);
    else for (const inner of pathsIn(path, `${prefix}${name}/`)) paths.add(inner);
  }
  return paths;
}

function isSameFile(left, right) {
  return statSync(left).ino === statSync(right).ino || readFileSync(left).equals(readFileSync(right));
}
