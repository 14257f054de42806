// The examples do what they say, on their own data and on a user's: their effects are looked at, not their word.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compareDescriptions } from '../fixtures/compare-trees.js';
import { describeTree } from '../fixtures/describe-tree.js';
import { runCommand, runSavepoint } from '../fixtures/run-command.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

/** All of /etc can be read by root only. */
const IS_ROOT = process.getuid?.() === 0;
const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));

interface Place {
  /** All that the example can write to, unless it breaks out. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
}

function createPlace(): Place {
  const directory = createTemporaryDirectory();
  return { directory, env: { TMPDIR: directory, HOME: directory } };
}

function runExample(name: string, { env }: Place, args: readonly string[] = []) {
  return runCommand(process.execPath, [join(EXAMPLES, name), ...args], { env });
}

/** A directory with a few files in `place`, and what it holds. */
function makeDirectory({ directory }: Place) {
  const root = join(directory, 'project');
  mkdirSync(join(root, 'src'), { recursive: true });
  mkdirSync(join(root, '.git'));
  writeFileSync(join(root, 'src', 'main.c'), 'int main(void) { return 0; }\n');
  writeFileSync(join(root, 'notes'), 'a\n');
  writeFileSync(join(root, '.git', 'HEAD'), 'ref: refs/heads/main\n');
  return { root, description: describeTree(root) };
}

describe('the tour', () => {
  it.skipIf(!IS_ROOT)(
    'saves /etc, puts a broken copy back, says how much that was, and leaves nothing behind',
    async () => {
      const place = createPlace();
      const before = describeTree('/etc');
      const { exitCode, stdout, stderr } = await runExample('tour.mjs', place);
      expect({ exitCode, stderr }, stdout).toEqual({ exitCode: 0, stderr: '' });
      const passed = stdout.split('\n').filter((line) => line.startsWith('  ✓ '));
      expect(passed).toContain('  ✓ it is these four changes and no other');
      expect(passed.filter((line) => line === '  ✓ rsync finds no difference either')).toHaveLength(2);
      expect(
        passed.filter((line) => line.includes(`all ${before.size} entries have their content`)),
      ).toHaveLength(2);
      expect(stdout).toContain(`  checks                ${passed.length} of ${passed.length} passed\n`);
      const files = [...before.values()].filter(({ type }) => type !== 'directory').length;
      expect(stdout).toContain(`  /etc                  ${files.toLocaleString('en')} files in `);
      expect(stdout).toMatch(/^ {2}stored {16}[\d.]+ [KM]iB, \d\d % of that$/m);
      expect(compareDescriptions(before, describeTree('/etc'))).toEqual([]);
      expect(readdirSync(place.directory)).toEqual([]);
    },
  );

  it('fails, and leaves nothing behind, where a restored tree is not what it was', async () => {
    const place = createPlace();
    const programs = createTemporaryDirectory();
    // A restore that does nothing, as far as this witness is concerned.
    writeFileSync(join(programs, 'rsync'), '#!/bin/sh\necho ">f..t...... passwd"\n');
    chmodSync(join(programs, 'rsync'), 0o755);
    const env = { ...place.env, PATH: `${programs}${delimiter}${process.env.PATH}` };
    const { exitCode, stdout } = await runExample('tour.mjs', { ...place, env });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('The tour failed. Not so: rsync finds no difference either.');
    expect(stdout).toContain('>f..t...... passwd');
    expect(readdirSync(place.directory)).toEqual([]);
  });

  it('ends and leaves nothing behind when nobody reads on', async () => {
    const place = createPlace();
    const script = `"${process.execPath}" "${join(EXAMPLES, 'tour.mjs')}" | head -n 3`;
    const { stdout } = await runCommand('bash', ['-c', script], { env: place.env });
    expect(stdout.split('\n')).toHaveLength(4);
    expect(readdirSync(place.directory)).toEqual([]);
  });
});

describe('checkpoint-workspace', () => {
  it('undoes edit by edit, and lets the branch and what was installed be', async () => {
    const place = createPlace();
    const { exitCode, stdout, stderr } = await runExample('checkpoint-workspace.mjs', place);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(
      [
        '',
        '  added greet.mjs',
        '  removed src',
        '  removed src/greet.mjs',
        'back at "before tidying up"',
      ].join('\n'),
    );
    expect(stdout).toContain('the tidying is undone: true\n');
    expect(stdout).toContain('the renaming is undone: true\n');
    expect(stdout).toContain("the user's branch stands: ref: refs/heads/topic\n");
    expect(stdout).toContain('what was installed stands: export {};\n');
    expect(readdirSync(place.directory)).toEqual([]);
  });

  it('takes back what a command did that failed, but not what it did to .git and node_modules', async () => {
    const place = createPlace();
    const { root, description } = makeDirectory(place);
    const command =
      'rm -r src; echo b > notes; echo c > added; mkdir node_modules; echo d > node_modules/d; echo e > .git/e; exit 3';
    const { exitCode, stdout } = await runExample('checkpoint-workspace.mjs', place, [
      root,
      'sh',
      '-c',
      command,
    ]);
    expect(exitCode).toBe(3);
    expect(stdout).toContain('  removed src/main.c\n');
    expect(readFileSync(join(root, '.git', 'e'), 'utf8')).toBe('e\n');
    expect(readFileSync(join(root, 'node_modules', 'd'), 'utf8')).toBe('d\n');
    execFileSync('rm', ['-r', join(root, '.git'), join(root, 'node_modules')]);
    expect([...describeTree(root).keys()]).toEqual(['.', 'notes', 'src', 'src/main.c']);
    for (const path of ['notes', 'src', 'src/main.c']) {
      expect(describeTree(root).get(path), path).toEqual(description.get(path));
    }
  });

  it('keeps what a command did that worked, and says how to undo it', async () => {
    const place = createPlace();
    const { root, description } = makeDirectory(place);
    const { exitCode, stdout } = await runExample('checkpoint-workspace.mjs', place, [root, 'rm', 'notes']);
    expect(exitCode).toBe(0);
    expect(readdirSync(root).sort()).toEqual(['.git', 'src']);
    const undo = /^to undo: savepoint (.*)$/m.exec(stdout)?.[1].split(' ') ?? [];
    expect(await runSavepoint(undo)).toMatchObject({ exitCode: 0 });
    expect(compareDescriptions(description, describeTree(root))).toEqual([]);
  });

  it('says how it is used where the command is missing', async () => {
    const place = createPlace();
    const { exitCode, stderr } = await runExample('checkpoint-workspace.mjs', place, [place.directory]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringMatching(/^usage: /) });
  });
});

describe('find-what-changed', () => {
  it('lists what changed in its own data with sizes, and puts one file back', async () => {
    const place = createPlace();
    const { exitCode, stdout, stderr } = await runExample('find-what-changed.mjs', place);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(3, 9)).toEqual([
      '  modified   access.log  12 kB → 19 kB',
      '  added      core.dump  300 kB',
      '  removed    notes.txt  24 B',
      '  attributes run.sh  mode 644 → 755',
      '  modified   settings.ini  21 B → 21 B',
      'in all +306 kB',
    ]);
    expect(lines.slice(-2)).toEqual(['[server]', 'port = 8080']);
    expect(readdirSync(place.directory)).toEqual([]);
  });

  it("remembers a user's directory from run to run, and puts a file back as it was then", async () => {
    const place = createPlace();
    const { root, description } = makeDirectory(place);
    const first = await runExample('find-what-changed.mjs', place, [root]);
    expect(first).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/: 3 files, 52 B\n$/) });
    writeFileSync(join(root, 'notes'), 'longer\n');
    rmSync(join(root, 'src', 'main.c'));
    const second = await runExample('find-what-changed.mjs', place, [root, join(root, 'notes')]);
    expect(second.exitCode).toBe(0);
    const listed = second.stdout.split('\n').filter((line) => line.startsWith('  '));
    expect(listed).toEqual(['  modified   notes  2 B → 7 B', '  removed    src/main.c  29 B']);
    expect(describeTree(root).get('notes')).toEqual(description.get('notes'));
    expect(readdirSync(join(root, 'src'))).toEqual([]);
  });

  it('says with its code what cannot be done', async () => {
    const place = createPlace();
    const { exitCode, stderr } = await runExample('find-what-changed.mjs', place, [
      join(place.directory, 'nowhere'),
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/nowhere.*\[PATH_NOT_FOUND\]\n$/);
  });
});

describe('rollback-system', () => {
  it('takes back what it is asked to take back, says how far it is, and stops where it is told to', async () => {
    const place = createPlace();
    const { exitCode, stdout, stderr } = await runExample('rollback-system.mjs', place);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const versions = (title: string) =>
      new RegExp(`^${title}:\n((?: {2}\\w+, version .*\n){3})`, 'm')
        .exec(stdout)?.[1]
        .match(/\w+, version \d/g)
        ?.map((line) => line.replace(', version ', ' '));
    expect(versions('after the update')).toEqual(['boot 2', 'settings 2', 'data 2']);
    expect(versions('after the rollback of kernel and configuration')).toEqual([
      ...['boot 1', 'settings 1', 'data 2'],
    ]);
    expect(versions('after the emergency rollback')).toEqual(['boot 1', 'settings 1', 'data 1']);
    expect(versions('after undoing both')).toEqual(['boot 2', 'settings 2', 'data 2']);
    expect(versions('after the rollback of the configuration alone')).toEqual([
      ...['boot 2', 'settings 1', 'data 2'],
    ]);
    expect(stdout).toMatch(/^ {2}0 % preflight\n(?: {2}[\d.]+ % [a-z-]+\n)+ {2}100 % ended\n/m);
    expect(stdout).toMatch(/^rollback [0-9a-f]{32}: done; newer than what it depends on: data$/m);
    const kinds = ['save: done', 'rollback: done', 'rollback: done', 'undo: done', 'undo: done'];
    const all = [...kinds, 'rollback: done', 'rollback: failed'];
    expect(stdout).toContain(`nothing has changed\n${all.map((line) => `  ${line}`).join('\n')}\n`);
    expect(readdirSync(place.directory)).toEqual([]);
  });
});

describe('the state adapter of one’s own', () => {
  it('takes a deployment and its settings back together, and forth again', async () => {
    const place = createPlace();
    const { exitCode, stdout, stderr } = await runExample('custom-adapter.mjs', place);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^Deployed 2\.0, with settings \{ "workers": 0 \}$/m);
    expect(stdout).toMatch(/^Rolled back \(done\): 1\.0, \{ "workers": 2 \}$/m);
    expect(stdout).toMatch(/^Undone: 2\.0 again$/m);
    expect(readdirSync(place.directory)).toEqual([]);
  });
});

describe('glob-point', () => {
  it('finds and reads in a point what is no longer there', async () => {
    const place = createPlace();
    const { exitCode, stdout, stderr } = await runExample('glob-point.mjs', place);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^src\/\*\*\n {2}src\/routes\/index\.mjs {2}26 B\n {2}src\/server\.mjs {2}63 B$/m);
    expect(stdout).toMatch(/^ {2}src\/server\.mjs:1: \/\/ NOTE: limits the size of requests$/m);
    expect(readdirSync(place.directory)).toEqual([]);
  });

  it("finds paths in a user's point, and says with its code what cannot be done", async () => {
    const place = createPlace();
    const store = join(place.directory, 'store');
    const { root } = makeDirectory(place);
    await runSavepoint(['--store', store, 'save', root, '--name', 'first']);
    const { stdout } = await runExample('glob-point.mjs', place, [store, 'first', '*/src/*.c', '**/HEAD']);
    expect(stdout).toBe('*/src/*.c\n  project/src/main.c  29 B\n**/HEAD\n  project/.git/HEAD  21 B\n');
    const { exitCode, stderr } = await runExample('glob-point.mjs', place, [store, 'second', '*']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/second.*\[POINT_NOT_FOUND\]\n$/);
    expect(await runExample('glob-point.mjs', place, [store])).toMatchObject({ exitCode: 2 });
  });
});

describe('read-with-git', () => {
  it('reads the history of a file, and changes a checkout in memory alone', async () => {
    const place = createPlace();
    const { exitCode, stdout, stderr } = await runExample('read-with-git.mjs', place);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      ...['port 8443: port=8443', 'port 8080: port=8080', 'port 80: port=80'],
      'changed in memory: app/files/settings',
    ]);
    expect(readdirSync(place.directory)).toEqual([]);
  });

  it('refuses a store with sha256 ids, and says what to do', async () => {
    const place = createPlace();
    const store = join(place.directory, 'store');
    await runSavepoint(['--store', store, 'save', makeDirectory(place).root]);
    const { exitCode, stderr } = await runExample('read-with-git.mjs', place, [store, 'project/files/notes']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/git export --object-format sha1.*\[UNSUPPORTED\]\n$/);
  });
});
