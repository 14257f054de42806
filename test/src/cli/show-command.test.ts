// `show`, `cat` and `find` on the command line.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from '../../fixtures/run-command.js';
import { CLI, createWorkspace } from './command-workspace.js';

test('show says what a point is and what is in it', async () => {
  const { tree, run, json } = createWorkspace();
  const saved = await json('save', tree, '--name', 'first', '-m', 'why', '--tag', 'env=prod');
  const { stdout } = await run(['show', 'first']);
  expect(stdout).toMatch(/^Point +first$/m);
  expect(stdout).toMatch(/^Tags +env=prod$/m);
  expect(stdout).toContain(saved.point.id);
  expect(stdout).toMatch(new RegExp(`^app +${tree} +2 +2 +14 B +${saved.components[0].tree}$`, 'm'));
});

test('show lists a directory, and describes a file with all that is known of it', async () => {
  const { tree, run } = createWorkspace();
  symlinkSync('bin/start', join(tree, 'link'));
  writeFileSync(join(tree, 'new\nline'), '');
  await run(['save', tree, '--name', 'first']);
  const listed = (await run(['show', 'first', tree])).stdout;
  expect(listed).toMatch(/^-rw-r--r-- .* 10 B .* app\.conf$/m);
  expect(listed).toMatch(/^drwx\S+ .* bin\/$/m);
  expect(listed).toMatch(/^l\S+ .* link -> bin\/start$/m);
  expect(listed).toMatch(/ "new\\nline"$/m);
  const file = (await run(['show', 'first', 'app:bin/start'])).stdout;
  expect(file).toMatch(/^Mode +-rwxr-xr-x$/m);
  expect(file).toMatch(/^Modified +\d{4}-\d\d-\d\d .*\.\d{9}Z\)$/m);
  expect(file).not.toContain('Target');
});

test('cat gives back every byte, of large files too', async () => {
  const { tree, run } = createWorkspace();
  const content = Buffer.alloc(3 << 20);
  for (let index = 0; index < content.length; index++) content[index] = (index * 31) >> 3;
  writeFileSync(join(tree, 'large'), content);
  await run(['save', tree, '--name', 'first']);
  const { stdoutBytes, stderr, exitCode } = await run(['cat', 'first', 'app:large']);
  expect(stdoutBytes.equals(content)).toBe(true);
  expect([stderr, exitCode]).toEqual(['', 0]);
  expect((await run(['cat', 'first', 'app:large', '--json'])).exitCode).toBe(2);
});

test('a path that is not UTF-8 can be named', async () => {
  const { tree, directory, store, run } = createWorkspace();
  writeFileSync(Buffer.concat([Buffer.from(`${tree}/b`), Buffer.from([0xff]), Buffer.from('é')]), 'found');
  await run(['save', tree, '--name', 'first']);
  const script = '"$0" "$1" --store "$2" cat first "$(printf "app:b\\377\\303\\251")"';
  const { stdout, stderr } = await runCommand('bash', ['-c', script, process.execPath, CLI, store], {
    cwd: directory,
  });
  expect([stdout, stderr]).toEqual(['found', '']);
});

test('find shows the versions of each path, newest first, and the points that have them', async () => {
  const { tree, run, records } = createWorkspace();
  mkdirSync(join(tree, 'copy'));
  writeFileSync(join(tree, 'copy/app.conf'), 'copy');
  for (const name of ['p1', 'p2', 'p3', 'p4']) {
    if (name === 'p4') writeFileSync(join(tree, 'app.conf'), 'port = 8080\n');
    await run(['save', tree, '--name', name]);
  }
  const lines = (await run(['find', 'app.conf'])).stdout.trimEnd().split('\n');
  const at = lines.indexOf(`${tree}/app.conf  app`);
  expect(lines[at + 1]).toMatch(/^ {2}-rw-r--r-- .* 12 B .* in p4$/);
  expect(lines[at + 2]).toMatch(/^ {2}-rw-r--r-- .* 10 B .* in 3 points, p3 to p1$/);
  expect(lines).toContain(`${tree}/copy/app.conf  app`);
  const found = await records('find', 'app.conf');
  expect(found.map(({ path, points }) => [path, points])).toEqual([
    ['app.conf', ['p4']],
    ['copy/app.conf', ['p4', 'p3', 'p2', 'p1']],
    ['app.conf', ['p3', 'p2', 'p1']],
  ]);
  const nothing = await run(['find', 'nowhere']);
  expect([nothing.stdout, nothing.stderr]).toEqual(['', "No point has a file that matches 'nowhere'.\n"]);
});

test.each([
  ['show', ['show', 'live']],
  ['cat', ['cat', 'live', 'app:app.conf']],
  ['restore', ['restore', 'live']],
  ['rollback', ['rollback', 'live', '--yes']],
  ['mount', ['mount', 'live', 'bin']],
  ['serve', ['serve', '--webdav', '--port', '0', 'live']],
  ['bundle create', ['bundle', 'create', 'file.bundle', 'live']],
  ['git export', ['git', 'export', 'repository', 'live']],
  ['pin', ['pin', 'live']],
  ['forget', ['forget', 'live']],
  ['recover-point', ['recover-point', 'live']],
])('%s does not take live, and says what does', async (_, words) => {
  const { tree, run } = createWorkspace();
  await run(['save', tree, '--name', 'first']);
  const { exitCode, stderr } = await run(words, { cwd: tree });
  expect([exitCode, stderr]).toEqual([
    2,
    expect.stringMatching(/^savepoint: 'live' is the state now, .* only 'savepoint diff' takes it/m),
  ]);
});

test('a point that is not there is none of live', async () => {
  const { tree, run } = createWorkspace();
  await run(['save', tree, '--name', 'first']);
  expect(await run(['show', 'lives'])).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining("no point 'lives'"),
  });
  expect((await run(['diff', 'first', 'live', '--exit-code'])).exitCode).toBe(0);
});
