// Each command's JSON has the fields that the example in JSON.md has: no other, and none less.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { PASSWORD, startGitServer, USERNAME } from '../../fixtures/git-server.js';
import { runTool } from '../../fixtures/run-tool.js';
import { startServing } from '../../fixtures/serving-program.js';
import { createWorkspace, type JsonDocument, type Workspace } from './command-workspace.js';

const TEXT = readFileSync(new URL('../../../src/cli/JSON.md', import.meta.url), 'utf8');

const EXAMPLES = new Map(
  [...TEXT.matchAll(/^```json (\S+)\n(.*?)^```$/gms)].map(([, name, example]) => [name, JSON.parse(example)]),
);

let workspace: Workspace;
let url: string;

beforeAll(async () => {
  workspace = createWorkspace({ lifetime: 'file' });
  const server = await startGitServer('file');
  server.createRepository('host.git');
  url = server.url('host.git', `${USERNAME}:${encodeURIComponent(PASSWORD)}`);
  const { tree, run } = workspace;
  writeFileSync(join(workspace.directory, 'retention.yaml'), 'retention: {}\n');
  mkdirSync(join(workspace.directory, 'mounted'));
  mkdirSync(join(workspace.directory, 'image/etc'), { recursive: true });
  const components = 'components: { app: { kind: files, paths: [/srv/app] } }\n';
  writeFileSync(join(workspace.directory, 'image/etc/savepoint.yaml'), components);
  makeTaggedRepository(join(workspace.directory, 'repository'));
  await run(['save', tree, '--name', 'removed']);
  await run(['save', tree, '--name', 'first', '--tag', 'env=prod']);
  for (const round of ['followed', 'live']) {
    writeFileSync(join(tree, 'app.conf'), 'port = 8080\n');
    if (round === 'followed') await run(['rollback', 'first', '--yes']);
  }
});

function makeTaggedRepository(directory: string): void {
  const git = (...args: string[]) =>
    runTool('git', ['-C', directory, '-c', 'user.name=A', '-c', 'user.email=a@b', ...args]);
  mkdirSync(directory);
  git('init', '--quiet');
  git('commit', '--quiet', '--allow-empty', '--message=nothing yet');
  git('tag', 'v1.0');
}

const COMMAND_LINES: Readonly<Record<string, readonly string[]>> = {
  error: ['show', 'frist'],
  init: ['init'],
  save: ['save', 'app'],
  list: ['list'],
  show: ['show', 'first'],
  'show-path': ['show', 'first', 'app:bin'],
  find: ['find', 'app.conf'],
  diff: ['diff', 'first', 'live', 'app:app.conf'],
  'diff-stat': ['diff', 'first', 'live', '--stat'],
  'diff-dirstat': ['diff', 'first', 'live', '--dirstat'],
  status: ['status'],
  restore: ['restore', 'first', '--to', 'elsewhere'],
  'log-follow': ['log', '--follow', '3'],
  'log-follow-outcome': ['log', '--follow', '3'],
  rollback: ['rollback', 'first', '--yes'],
  guard: ['guard', '--path', 'app', 'true'],
  confirm: ['confirm'],
  watchdog: ['watchdog', '--config', 'watchdog.yaml'],
  recover: ['recover'],
  mount: ['mount', 'first', 'mounted', '--background'],
  umount: ['umount', 'mounted'],
  'bundle-create': ['bundle', 'create', 'kept.bundle', 'first'],
  'bundle-restore': ['bundle', 'restore', 'kept.bundle'],
  'bundle-verify': ['bundle', 'verify', 'kept.bundle'],
  'git-export': ['git', 'export', 'host.git'],
  'git-import': ['git', 'import', 'repository'],
  'git-push': ['git', 'push', 'URL'],
  'git-fetch': ['git', 'fetch', 'URL', 'first', '--prefix', 'fetched-'],
  log: ['log'],
  'log-component': ['log', '--component', 'app'],
  retain: ['retain', '--dry-run', '--config', 'retention.yaml'],
  forget: ['forget', 'removed'],
  'recover-point': ['recover-point', 'removed'],
  gc: ['gc'],
  verify: ['verify'],
  stats: ['stats'],
  'stats-by-path': ['stats', '--by-path'],
  'stats-by-point': ['stats', '--by-point'],
  doctor: ['doctor'],
  serve: ['serve', '--webdav', '--port', '0', 'first'],
  install: ['install', '--root', 'image', '--config', '/etc/savepoint.yaml'],
  uninstall: ['uninstall', '--root', 'image'],
  completion: ['completion', 'bash'],
  help: ['help'],
  'help-command': ['help', 'save'],
  'help-group': ['help', 'bundle'],
  version: ['--version'],
};

/** Of streams with several kinds of records: those that are like the example. */
const DESCRIBED: Readonly<Record<string, (record: JsonDocument) => boolean>> = {
  'log-follow': ({ phase, component }) => phase === 'staging' && component === undefined,
  'log-follow-outcome': ({ kind }) => kind === 'outcome',
};

test('every example is checked', () => {
  expect([...EXAMPLES.keys()].sort()).toEqual(Object.keys(COMMAND_LINES).sort());
});

test.each(Object.keys(COMMAND_LINES))('%s', async (name) => {
  const documents = await run(name);
  for (const document of documents) expectSameFields(EXAMPLES.get(name), document, name);
  expect(documents.length).toBeGreaterThan(0);
});

async function run(name: string): Promise<JsonDocument[]> {
  // Only `init` needs a place without a store.
  const { records, json } = name === 'init' ? createWorkspace() : workspace;
  const words = COMMAND_LINES[name].map((word) => (word === 'URL' ? url : word));
  if (name === 'watchdog') return watch(words);
  if (name === 'serve') return serve(words);
  if (name === 'confirm')
    await workspace.run(['guard', '--path', 'app', '--confirm', '5m', '--detach', '--', 'true']);
  if (words.includes('--follow')) return (await records(...words)).filter(DESCRIBED[name]);
  return name === 'find' || name === 'diff' ? records(...words) : [await json(...words)];
}

/** It runs until it is killed: here, when it has begun to look. */
async function watch(words: readonly string[]): Promise<JsonDocument[]> {
  const looked = join(workspace.directory, 'looked');
  const file = JSON.stringify({ guard: { health: [{ command: `touch '${looked}'` }] } });
  writeFileSync(join(workspace.directory, 'watchdog.yaml'), file);
  const { stdout } = await workspace.run([...words, '--json'], { kill: { when: () => existsSync(looked) } });
  return [JSON.parse(stdout)];
}

async function serve(words: readonly string[]): Promise<JsonDocument[]> {
  const { store, directory } = workspace;
  const { firstLine } = await startServing(['--store', store, ...words, '--json'], { directory });
  return [JSON.parse(firstLine)];
}

/** In objects that are not empty in the example, down to the first element of a list. */
function expectSameFields(example: JsonDocument, actual: JsonDocument, where: string): void {
  if (Array.isArray(example)) {
    expect(Array.isArray(actual), where).toBe(true);
    if (example.length > 0 && typeof example[0] === 'object')
      expectSameFields(example[0], actual[0], `${where}[0]`);
    return;
  }
  expect(typeof actual, where).toBe(typeof example);
  if (typeof example !== 'object' || example === null || Object.keys(example).length === 0) return;
  const optional = /(checks\[0\]|bootRecovery)$/.test(where) ? ['remedy'] : [];
  const fields = (value: object) =>
    Object.keys(value)
      .filter((key) => !optional.includes(key))
      .sort();
  expect(fields(actual), where).toEqual(fields(example));
  for (const key of fields(actual)) {
    const isMap = key === 'tags';
    if (!isMap) expectSameFields(example[key], actual[key], `${where}.${key}`);
  }
}
