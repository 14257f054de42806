// Drives the adapter of packages inside a system, where its programs are: captured documents are files below a directory, so
// that each call can be a process of its own, as after a crash. Prints one JSON document.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
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
      execFileSync('cp', ['--archive', '--link', join(before, path), file]);
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

async function rollback(from, to) {
  const { steps } = await stage(from, to);
  const applied = await apply();
  await packagesAdapter.discard(attempt);
  return { steps, ...applied };
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

function pathsIn(directory) {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.path, entry.name));
  return new Set(files.map((file) => file.slice(directory.length + 1)));
}

function isSameFile(left, right) {
  return statSync(left).ino === statSync(right).ino || readFileSync(left).equals(readFileSync(right));
}
