// The forms in which `diff` shows renamed files, totals, binary contents and attributes, and the flags that choose.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { runCommand } from '../../fixtures/run-command.js';
import { createRandom } from '../../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { createWorkspace, type Workspace } from './command-workspace.js';

let workspace: Workspace;

const lines = (count: number, word: string) =>
  Array.from({ length: count }, (_, line) => `${word} ${line}\n`).join('');

beforeAll(async () => {
  workspace = createWorkspace({ lifetime: 'file' });
  const { tree, run } = workspace;
  const large = Buffer.from(createRandom('large').bytes(6 << 20));
  mkdirSync(join(tree, 'old/deep'), { recursive: true });
  mkdirSync(join(tree, 'empty'));
  writeFileSync(join(tree, 'old/deep/moved'), lines(30, 'moved'));
  writeFileSync(join(tree, 'edited'), lines(30, 'edited'));
  writeFileSync(join(tree, 'copied'), lines(30, 'copied'));
  writeFileSync(join(tree, 'image'), Buffer.alloc(100));
  writeFileSync(join(tree, 'large'), large);
  symlinkSync('app.conf', join(tree, 'link'));
  await run(['save', tree, '--name', 'first']);
  renameSync(join(tree, 'old'), join(tree, 'new'));
  renameSync(join(tree, 'edited'), join(tree, 'bin/edited'));
  writeFileSync(join(tree, 'bin/edited'), lines(30, 'edited').replace('edited 3\n', ''));
  cpSync(join(tree, 'copied'), join(tree, 'copy'));
  rmdirSync(join(tree, 'empty'));
  mkdirSync(join(tree, 'hollow'));
  writeFileSync(join(tree, 'image'), Buffer.alloc(120, 1));
  large.fill(0, 3 << 20, (3 << 20) + 10);
  writeFileSync(join(tree, 'large'), large);
  chmodSync(join(tree, 'app.conf'), 0o600);
  chownSync(join(tree, 'app.conf'), 33, 33);
  execFileSync('setfattr', ['-n', 'user.why', '-v', 'test', join(tree, 'bin/start')]);
  await run(['save', tree, '--name', 'second']);
});

async function linesOf(...words: string[]): Promise<string[]> {
  const { stdout } = await workspace.run(['diff', 'first', 'second', ...words]);
  return stdout.replaceAll(workspace.tree, '').trimEnd().split('\n');
}

test('lines are counted as git counts them, files that are no text apart', async () => {
  const counted = await linesOf('--numstat', '--find-copies-harder');
  expect(counted.map((line) => line.split('\t'))).toEqual([
    ['0', '1', '/edited → /bin/edited'],
    ['0', '0', '/copied → /copy'],
    ['-', '-', '/image'],
    ['-', '-', '/large'],
    ['0', '0', '/old/deep/moved → /new/deep/moved'],
  ]);
  const { stdout } = await workspace.run(['diff', 'first', 'second', '--numstat', '--json']);
  const records = stdout.trimEnd().split('\n');
  const linesIn = (path: string) =>
    records.map((line) => JSON.parse(line)).find((each) => each.path === path).lines;
  expect([linesIn('edited'), linesIn('image'), linesIn('hollow')]).toEqual([
    { added: 0, removed: 30 },
    null,
    { added: 0, removed: 0 },
  ]);
});

test('a renamed file is a line with both paths, and a directory that moved stands for all that is in it', async () => {
  expect(await linesOf()).toEqual([
    'm  /app.conf  (mode 0644→0600, owner root:root→www-data:www-data)',
    'R  /edited → /bin/edited  (96 % kept, 290 B→281 B)',
    'm  /bin/start  (xattrs added user.why)',
    'A  /copy',
    'D  /empty/',
    'A  /hollow/',
    'M  /image  (100 B→120 B)',
    'M  /large',
    'R  /old/ → /new/',
  ]);
  expect(await linesOf('--name-status')).toEqual(
    expect.arrayContaining(['R096\t/edited\t/bin/edited', 'R100\t/old/deep/moved\t/new/deep/moved']),
  );
});

test('flags say what is looked for: no renames, more likeness, copies', async () => {
  const without = await linesOf('--no-renames', '--name-status');
  expect(without).toEqual(expect.arrayContaining(['A\t/bin/edited', 'D\t/edited', 'D\t/old/deep/moved']));
  const strict = await linesOf('-M99%', '--name-status');
  expect(strict).toEqual(
    expect.arrayContaining(['A\t/bin/edited', 'R100\t/old/deep/moved\t/new/deep/moved']),
  );
  expect(await linesOf('--find-copies-harder', '--name-status')).toContain('C100\t/copied\t/copy');
  const { run, records } = workspace;
  const refused = await run(['diff', 'first', 'second', '--no-renames', '-C']);
  expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('exclude each other')]);
  expect((await run(['diff', 'first', 'second', '-M101'])).exitCode).toBe(2);
  const limited = await run(['diff', 'first', 'second', '-C', '--rename-limit', '0']);
  expect(limited.stderr).toContain('--rename-limit is 0');
  const kinds = async (...words: string[]) =>
    (await records('diff', 'first', 'second', ...words)).map(({ kind }) => kind);
  expect(await kinds()).not.toContain('renamed');
  const [renamed] = (await records('diff', 'first', 'second', '-M', 'app:bin')).filter(
    ({ kind }) => kind === 'renamed',
  );
  expect(renamed).toBeUndefined();
  expect(await kinds('-M')).toContain('renamed');
});

test('--stat has renames, and how much of a large file is new', async () => {
  const stat = await linesOf('--stat');
  expect(stat).toContainEqual(
    expect.stringMatching(/^ \/edited → \/bin\/edited +\| renamed, 96 % kept, 290 B → 281 B$/),
  );
  expect(stat).toContainEqual(expect.stringMatching(/^ \/large +\| 6\.0 MiB, \d\.\d MiB of it new$/));
  expect(stat.at(-1)).toMatch(
    /^ 5 files changed, 2 modified, 1 added, 2 renamed, 2 with other attributes only,/,
  );
});

test('--dirstat has the totals of components and directories, down to a depth', async () => {
  const table = await linesOf('--dirstat');
  expect(table[0].trim().split(/ {2,}/)).toEqual(['modified', 'added', 'removed', 'renamed', 'grown by']);
  const names = (rows: string[]) => rows.slice(1, -1).map((row) => row.trim().split(/ {2,}/)[0]);
  expect(names(table)).toEqual(expect.arrayContaining(['/bin', '/new', '/new/deep', '/old']));
  expect(names(await linesOf('--dirstat=1'))).not.toContain('/new/deep');
  expect(names(await linesOf('--dirstat=0'))).toHaveLength(1);
  const { json } = workspace;
  const [component] = (await json('diff', 'first', 'second', '-M', '--dirstat')).components;
  expect(component).toMatchObject({ component: 'app', files: 5, renamed: 2 });
  expect(component.subdirectories).toContainEqual(
    expect.objectContaining({ path: 'bin', renamed: 1, attributes: 1, grownBytes: 281 }),
  );
});

test('a patch says in comments what git has no words for', async () => {
  const patch = await linesOf('--patch');
  expect(patch.filter((line) => line.startsWith('#'))).toEqual([
    '# /app.conf: mode 0644→0600, owner root:root→www-data:www-data',
    '# /bin/start: xattrs added user.why',
    '# /empty/: removed directory',
    '# /hollow/: added directory',
    '# 100 B → 120 B',
    expect.stringMatching(/^# 6\.0 MiB, \d\.\d MiB of it new$/),
  ]);
});

test('--patch --binary is what git applies, comments, renames and binary contents included', async () => {
  const { tree, run } = workspace;
  const { stdoutBytes } = await run(['diff', 'first', 'second', '--patch', '--binary']);
  const copy = createTemporaryDirectory();
  await run(['restore', 'first', '--to', join(copy, tree)]);
  writeFileSync(join(copy, 'patch'), stdoutBytes);
  const applied = await runCommand('git', ['apply', '--unsafe-paths', 'patch'], { cwd: copy });
  expect([applied.stderr, applied.exitCode]).toEqual(['', 0]);
  for (const name of ['large', 'image', 'bin/edited', 'new/deep/moved', 'copy'])
    expect(readFileSync(join(copy, tree, name)).equals(readFileSync(join(tree, name))), name).toBe(true);
});

test('a file in whose place a directory stands goes with a patch, and comes back the other way round', async () => {
  const { tree, run } = createWorkspace();
  const place = join(tree, 'place');
  writeFileSync(place, 'a file\n');
  await run(['save', tree, '--name', 'file']);
  rmSync(place);
  mkdirSync(place);
  writeFileSync(join(place, 'inside'), 'inside\n');
  await run(['save', tree, '--name', 'directory']);
  for (const [from, to] of [
    ['file', 'directory'],
    ['directory', 'file'],
  ]) {
    const { stdoutBytes } = await run(['diff', from, to, '--patch']);
    const copy = createTemporaryDirectory();
    await run(['restore', from, '--to', join(copy, tree)]);
    writeFileSync(join(copy, 'patch'), stdoutBytes);
    const applied = await runCommand('git', ['apply', '--unsafe-paths', 'patch'], { cwd: copy });
    expect([applied.stderr, applied.exitCode]).toEqual(['', 0]);
    const expected = createTemporaryDirectory();
    await run(['restore', to, '--to', expected]);
    const { stdout } = await runCommand('diff', ['-r', join(copy, tree), expected]);
    expect(stdout).toBe('');
  }
});

test('JSON has what differs about attributes, and how much of a large content is new', async () => {
  const { records } = workspace;
  const byPath = new Map(
    (await records('diff', 'first', 'second', '--patch')).map((change) => [change.path, change]),
  );
  expect(byPath.get('bin/start')).toMatchObject({
    differs: ['xattrs'],
    xattrChanges: { added: ['user.why'], removed: [], changed: [] },
  });
  expect(byPath.get('app.conf')).toMatchObject({
    differs: ['mode', 'owner'],
    before: { userId: 0 },
    after: { userId: 33, user: 'www-data' },
  });
  const { patch, growth } = byPath.get('large');
  expect(patch).toBeNull();
  expect(growth).toMatchObject({ beforeBytes: 6 << 20, afterBytes: 6 << 20 });
  expect(growth.newBytes).toBeGreaterThan(0);
  expect(growth.newBytes).toBeLessThan(5 << 20);
});

test('every field of every record is described in JSON.md, with the type that it has', async () => {
  const { records } = workspace;
  const text = readFileSync(new URL('../../../src/cli/JSON.md', import.meta.url), 'utf8');
  const described = [/^\*\*The state of a file.*?\n\n/ms, /^### diff\n.*?^### /ms].map(
    (part) => part.exec(text)?.[0],
  );
  const words = new Set([...described.join('').matchAll(/`([A-Za-z]+)`/g)].map(([, word]) => word));
  const changes = [
    ...(await records('diff', 'first', 'second', '-C', '--patch')),
    ...(await records('diff', 'first', 'live', '--keys')),
  ];
  const states = changes.flatMap(({ before, after }) =>
    [before, after].filter((state) => state !== undefined),
  );
  const parts = changes.flatMap(({ growth, xattrChanges }) => [growth ?? {}, xattrChanges ?? {}]);
  const fields = new Set([...changes, ...states, ...parts].flatMap((part) => Object.keys(part)));
  expect([...fields].filter((field) => !words.has(field))).toEqual([]);
  const expected = ['oldPath', 'similarity', 'xattrChanges', 'patch', 'keys', 'growth', 'newBytes', 'xattrs'];
  expect([...fields]).toEqual(expect.arrayContaining(expected));
  for (const state of states) {
    expect(state.modified).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    expect([state.mode, state.userId, state.groupId].every(Number.isInteger)).toBe(true);
    expect(['file', 'directory', 'symlink']).toContain(state.type);
    expect(Number.isInteger(state.sizeBytes)).toBe(state.type !== 'directory');
  }
});

test('--keys has the keys that differ, of files whose format is known', async () => {
  const { tree, run } = createWorkspace();
  writeFileSync(join(tree, 'app.yaml'), 'server:\n  port: 80\nname: one\n');
  await run(['save', tree, '--name', 'first']);
  writeFileSync(join(tree, 'app.yaml'), '# moved\nserver:\n  port: 8080\nextra: 1\n');
  const { stdout } = await run(['diff', 'first', 'live', 'app:app.yaml', '--keys']);
  expect(stdout.split('\n').slice(1, -1).sort()).toEqual([
    '   + extra = 1',
    '   - name = one',
    '   ~ server.port: 80 → 8080',
  ]);
});
