// Drives the adapter of security inside a system, as a rollback does: keeps documents and files, and puts both back. What it is
// to do comes as JSON on standard input, and so goes what came of it to standard output.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { findProfileFiles } from '../../../dist/adapters/security/apparmor-profiles.js';
import { securityAdapter } from '../../../dist/adapters/security/security-adapter.js';
import { runProgram } from '../../../dist/adapters/system/run-program.js';

const request = JSON.parse(readFileSync(0, 'utf8'));
const context = { component: 'access', settings: request.settings ?? {} };
const files = () => securityAdapter.files(context);
const health = () => securityAdapter.health(context);

/** Becomes a view of the system in which its files can be changed without anybody else seeing it. */
const VIEW = `
  mount -t tmpfs tmpfs /mnt
  for name in etc root home usr; do
    mkdir "/mnt/$name" "/mnt/$name.work"
    mount -t overlay overlay -o "lowerdir=/$name,upperdir=/mnt/$name,workdir=/mnt/$name.work" "/$name"
  done
  sh -euc "$1" >&2
  echo made
  exec sleep infinity
`;

const answer = await { capture, rollBack, check, health, files, applySteps, profiles }[request.do]();
process.stdout.write(JSON.stringify(answer));

/** Keeps the state under a name: its documents, and its files. */
async function capture() {
  const state = await captureDocuments(findState(request.previous));
  const { paths, exclude } = await securityAdapter.files(context);
  const there = paths.filter((path) => existsSync(path));
  const kept = { documents: [...state.documents], paths };
  writeFileSync(`/var/tmp/${request.name}.json`, JSON.stringify(kept));
  const options = ['--create', '--absolute-names', '--xattrs', '--xattrs-include=*'];
  const excluded = exclude.map((path) => `--exclude=${path}`);
  execFileSync('tar', [...options, ...excluded, '--file', `/var/tmp/${request.name}.tar`, ...there]);
  return { documents: Object.fromEntries(state.documents), problems: state.problems, paths };
}

/** Back to the state of that name; `crash` applies all of it twice. */
async function rollBack() {
  const to = findState(request.name);
  const from = await captureDocuments(to);
  const changed = request.files ?? ['/etc/passwd', '/etc/shadow', '/etc/group', '/etc/gshadow'];
  const plan = await compare(from, to, changed);
  const directory = mkdtempSync('/var/tmp/staging-');
  const done = [];
  const attempt = {
    ...context,
    attempt: 'a1-1',
    staging: () => directory,
    done: ({ object }) => done.push(object),
  };
  const prepared = JSON.parse(
    JSON.stringify(await securityAdapter.stage(plan.steps, { ...attempt, from, to })),
  );
  const problems = [];
  for (let round = 0; round < (request.crash === true ? 2 : 1); round++) {
    if (request.putsFiles !== false) putFiles(to.paths);
    problems.push(...(await securityAdapter.apply(prepared, attempt)));
  }
  problems.push(...(await securityAdapter.verify(prepared, attempt)));
  rmSync(directory, { recursive: true });
  const after = await captureDocuments(to);
  return { plan, problems, done, left: await compare(after, to, []) };
}

/** Does steps that nothing was compared for. */
async function applySteps() {
  const attempt = { ...context, attempt: 'a1-1', staging: () => '/var/tmp', done: () => {} };
  const nothing = readerOf(new Map(), {});
  const prepared = await securityAdapter.stage(request.steps, { ...attempt, from: nothing, to: nothing });
  return { problems: await securityAdapter.apply(prepared, attempt) };
}

function profiles() {
  return Object.fromEntries(findProfileFiles());
}

/** What the adapter says of the files as each of `stages`, scripts of the shell, makes them in a view. */
async function check() {
  const problems = [];
  for (const stage of request.stages) problems.push(await checkStage(stage));
  return { problems };
}

async function checkStage(stage) {
  if (stage === null) return securityAdapter.check({ run: async () => undefined }, context);
  const holder = spawn('unshare', ['--mount', 'sh', '-euc', VIEW, 'view', stage], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(holder.stdout, 'readable');
    if (holder.stdout.read() === null) throw new Error(`the view can not be made: ${stage}`);
    const run = async (program, args) => {
      const options = ['--target', String(holder.pid), '--mount', program, ...args];
      const { exitCode, stdout } = await runProgram('nsenter', options);
      return { exitCode, output: stdout.toString('utf8') };
    };
    return await securityAdapter.check({ run }, context);
  } finally {
    holder.kill('SIGKILL');
  }
}

async function compare(from, to, files) {
  const paths = new Set([...from.documents.keys(), ...to.documents.keys()]);
  const changed = [...paths].filter((path) => from.documents.get(path) !== to.documents.get(path)).sort();
  return securityAdapter.compare(
    { from, to, changed, files, dependencies: request.dependencies ?? [] },
    context,
  );
}

function putFiles(paths) {
  for (const path of paths) rmSync(path, { recursive: true, force: true });
  const options = ['--extract', '--absolute-names', '--xattrs', '--xattrs-include=*', '--same-owner'];
  execFileSync('tar', [...options, '--file', `/var/tmp/${request.name}.tar`]);
}

async function captureDocuments(previous) {
  const documents = new Map();
  const problems = [];
  const captured = securityAdapter.capture({
    ...context,
    previous: async () => previous,
    scratch: () => '/var/tmp',
    report: (problem) => problems.push(problem),
  });
  for await (const { path, content } of captured) documents.set(path, Buffer.from(content).toString('utf8'));
  return readerOf(documents, { problems });
}

function findState(name) {
  if (name === undefined) return undefined;
  const { documents, paths } = JSON.parse(readFileSync(`/var/tmp/${name}.json`, 'utf8'));
  return readerOf(new Map(documents), { paths });
}

function readerOf(documents, more) {
  return {
    ...more,
    documents,
    list: async (prefix) => [...documents.keys()].filter((path) => path.startsWith(`${prefix}/`)).sort(),
    read: async (path) => (documents.has(path) ? Buffer.from(documents.get(path)) : undefined),
    copyTo: async (path, file) => writeFileSync(file, documents.get(path)),
  };
}
