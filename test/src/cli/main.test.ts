// The program as a whole: what it loads, its exit codes, its errors, and how it ends when somebody else wants it to.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type RunResult, runCommand, runSavepoint } from '../../fixtures/run-command.js';
import { CLI, createWorkspace, signalAtOnce, signalWhenListening, withPreload } from './command-workspace.js';

/** Says on stderr which of our files are loaded. */
const LOAD_REPORTER = `
import { register } from 'node:module';
const hooks = \`
import { writeSync } from 'node:fs';
export async function load(url, context, next) {
  if (url.includes('/dist/')) writeSync(2, 'loads ' + url.split('/dist/')[1] + '\\\\n');
  return next(url, context);
}\`;
register('data:text/javascript,' + encodeURIComponent(hooks));`;

async function loadedBy(...args: string[]): Promise<string[]> {
  const { stderr, exitCode } = await runSavepoint(args, { env: withPreload(LOAD_REPORTER) });
  expect(exitCode).toBe(0);
  return [...stderr.matchAll(/^loads program\/(.*?)(-[\w-]{8})?\.js$/gm)].map(([, name]) => name);
}

test('--version loads nothing but the reading of the version', async () => {
  expect(await loadedBy('--version')).toEqual(['savepoint', 'read-version']);
});

test('help and completion load nothing of the library, which other commands do', async () => {
  for (const args of [['help', 'save'], ['completion', 'bash'], ['--help']]) {
    const loaded = await loadedBy(...args);
    expect(loaded).toContain('command-line');
    for (const part of ['core', 'looking', 'library', 'views']) expect(loaded).not.toContain(part);
  }
  const { store } = createWorkspace();
  expect(await loadedBy('init', store)).toContain('core');
});

test('who looks at points loads no more than that takes, and nobody what only mounts and git need', async () => {
  const { store, tree, run } = createWorkspace();
  await run(['save', tree, '--name', 'first']);
  await run(['save', tree, '--name', 'second']);
  for (const args of [
    ['list'],
    ['show', 'first'],
    ['diff', 'first', 'second'],
    ['find', 'start'],
    ['stats'],
  ]) {
    const loaded = await loadedBy('--store', store, ...args);
    expect(loaded).toContain('core');
    for (const part of ['library', 'views']) expect(loaded, args[0]).not.toContain(part);
  }
  expect(await loadedBy('--store', store, 'save', tree)).not.toContain('views');
});

test('--version prints the version of package.json', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  expect((await runSavepoint(['--version'])).stdout).toBe(`savepoint ${version}\n`);
  expect((await runSavepoint(['list', '--version'])).stdout).toBe(`savepoint ${version}\n`);
  expect(JSON.parse((await runSavepoint(['--json', '--version'])).stdout)).toEqual({ version });
});

/** The code that `--json` gives, and that the exit code and a line on stderr agree with. */
async function failureOf(
  run: (...more: string[]) => Promise<RunResult>,
): Promise<[number | undefined, string]> {
  const [plain, json] = [await run(), await run('--json')];
  expect(plain.stdout).toBe('');
  expect(json.exitCode).toBe(plain.exitCode);
  expect(json.stderr).toBe('');
  const { error } = JSON.parse(json.stdout);
  expect(plain.stderr).toContain(`savepoint: ${error.message}`);
  expect(plain.stderr.trimEnd().split('\n')).toHaveLength(1);
  return [plain.exitCode, error.code];
}

test('each class of errors has its exit code, one line on stderr, and a document on stdout with --json', async () => {
  const { tree, store, directory, run } = createWorkspace();
  const fails = (...args: string[]) => failureOf((...more) => run([...args, ...more]));
  expect(await fails('list')).toEqual([1, 'STORE_NOT_FOUND']);
  await run(['save', tree, '--name', 'first']);
  expect(await fails('save', '--config', 'x.yaml')).toEqual([3, 'PATH_NOT_FOUND']);
  expect(await fails('save')).toEqual([2, 'USAGE']);
  expect(await fails('save', tree, '--tag', 'no-value')).toEqual([2, 'USAGE']);
  expect(await fails('save', tree, '--name', 'latest')).toEqual([2, 'INVALID_NAME']);
  expect(await fails('diff', 'live', 'live')).toEqual([2, 'USAGE']);
  expect(await fails('completion', 'csh')).toEqual([2, 'USAGE']);
  expect(await fails('help', 'restor')).toEqual([2, 'USAGE']);
  expect((await run(['cat', 'first', 'app:bin'])).exitCode).toBe(2);
  expect(await fails('show', 'frist')).toEqual([3, 'POINT_NOT_FOUND']);
  expect(await fails('show', 'first', 'app:app.cnf')).toEqual([3, 'PATH_NOT_FOUND']);
  expect(await fails('show', 'first', 'apq:x')).toEqual([3, 'COMPONENT_NOT_FOUND']);
  expect(await fails('save', join(directory, 'nothing'))).toEqual([3, 'PATH_NOT_FOUND']);
  expect(await fails('save', tree, '--name', 'first')).toEqual([5, 'NAME_TAKEN']);
  expect(await failureOf((...more) => runSavepoint(['init', store, ...more]))).toEqual([5, 'STORE_EXISTS']);
  mkdirSync(join(directory, 'to/app.conf'), { recursive: true });
  expect(await fails('restore', 'first', '--to', join(directory, 'to'))).toEqual([5, 'TARGET_CONFLICT']);
});

test('damage is exit code 4', async () => {
  const { tree, store, run } = createWorkspace();
  await run(['save', tree, '--name', 'first']);
  const pack = join(
    store,
    'packs',
    readdirSync(join(store, 'packs'), { recursive: true })
      .map(String)
      .filter((name) => name.endsWith('.pack'))[0],
  );
  writeFileSync(
    pack,
    readFileSync(pack).map((byte, index) => (index > 60 && index < 100 ? byte ^ 0xff : byte)),
  );
  const { exitCode, stderr, stdout } = await run(['restore', 'first', '--to', `${tree}-restored`]);
  expect([exitCode, stdout]).toEqual([4, '']);
  expect(stderr).toMatch(/^savepoint: /);
});

test('a point that is not there is named with its nearest, in JSON too', async () => {
  const { tree, json, run } = createWorkspace();
  await run(['save', tree, '--name', 'first']);
  expect((await json('show', 'frist')).error).toMatchObject({ point: 'frist', nearest: ['first'] });
});

test('what the system said is part of the error', async () => {
  const { tree, directory, run } = createWorkspace();
  await run(['save', tree, '--name', 'first']);
  writeFileSync(join(directory, 'file'), '');
  const { exitCode, stderr } = await run(['restore', 'first', '--to', join(directory, 'file/below')]);
  expect(exitCode).toBe(5);
  expect(stderr).toMatch(/ENOTDIR/);
});

test('without a command, the commands are listed on stderr', async () => {
  const { exitCode, stdout, stderr } = await runSavepoint([]);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^Commands:$/m);
  expect(stderr).toMatch(/^ {2}restore +put files back$/m);
});

test('a bug comes with its stack, and is exit code 1', async () => {
  const { tree, run } = createWorkspace();
  const env = withPreload(`
    import os from 'node:os';
    import { syncBuiltinESMExports } from 'node:module';
    os.hostname = () => { throw new TypeError('made for the test'); };
    syncBuiltinESMExports();`);
  const { exitCode, stderr } = await run(['save', tree], { env });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/savepoint: bug, please report it: TypeError: made for the test\n +at /);
  const json = await run(['save', tree, '--json'], { env });
  expect([json.exitCode, JSON.parse(json.stdout).error.code]).toEqual([1, 'BUG']);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])('%s ends work under way, cleans up and exits with %i', async (signal, code) => {
  const { tree, directory, run, json } = createWorkspace();
  // Enough for several threads, while whose work the program gets to see the signal.
  for (let index = 0; index < 3; index++) writeFileSync(join(tree, `large-${index}`), randomBytes(4 << 20));
  const env = signalWhenListening(signal);
  const saved = await run(['save', tree], { env });
  expect([saved.exitCode, saved.signal, saved.stdout]).toEqual([code, undefined, '']);
  expect(saved.stderr).toContain(`savepoint: interrupted by ${signal}`);
  expect(await json('list')).toMatchObject({ points: [] });

  await run(['save', tree, '--name', 'first']);
  const restored = await run(['restore', 'first', '--to', join(directory, 'restored'), '--json'], { env });
  expect(restored.exitCode).toBe(code);
  expect(JSON.parse(restored.stdout).error).toMatchObject({ code: 'ABORTED', signal });
  const left = existsSync(join(directory, 'restored')) ? readdirSync(join(directory, 'restored')) : [];
  expect(left).toEqual([]);
});

test.each([
  ['cat', ['cat', 'first', 'app:app.conf']],
  ['stats', ['stats']],
  ['log --component', ['log', '--component', 'app']],
  ['recover', ['recover']],
])('SIGINT ends %s, too', async (_, words) => {
  const { tree, run } = createWorkspace();
  await run(['save', tree, '--name', 'first']);
  const { exitCode, stdout, stderr } = await run(words, { env: signalAtOnce('SIGINT') });
  expect([exitCode, stdout]).toEqual([130, '']);
  expect(stderr).toContain('savepoint: interrupted by SIGINT');
});

test('a reader that goes away ends the program without a word', async () => {
  const { tree, directory, store, run } = createWorkspace();
  writeFileSync(join(tree, 'large'), Buffer.alloc(20 << 20, 'x'));
  await run(['save', tree, '--name', 'first']);
  const script = '"$0" "$1" --store "$2" cat first app:large | head -c 1; echo " $PIPESTATUS"';
  const piped = await runCommand('bash', ['-c', script, process.execPath, CLI, store], { cwd: directory });
  expect([piped.stdout, piped.stderr]).toEqual(['x 141\n', '']);
});

test('output that cannot be written is a failure', async () => {
  const { tree, store, run } = createWorkspace();
  await run(['save', tree, '--name', 'first']);
  for (const args of [
    ['list'],
    ['list', '--json'],
    ['cat', 'first', 'app:app.conf'],
    ['diff', 'first', '--stat'],
  ]) {
    const script = '"$@" > /dev/full';
    const result = await runCommand('bash', [
      '-c',
      script,
      'bash',
      process.execPath,
      CLI,
      '--store',
      store,
      ...args,
    ]);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toBe(
      "savepoint: The output can't be written: ENOSPC: no space left on device, write.\n",
    );
  }
});
