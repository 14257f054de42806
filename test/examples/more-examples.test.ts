// The examples that edit with undo, test with fixtures, and keep a store in a place of their own do what they say.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../fixtures/run-command.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));
const VITEST = join(EXAMPLES, '..', 'node_modules', 'vitest', 'vitest.mjs');

describe('checkpoint-editor', () => {
  function place() {
    const directory = createTemporaryDirectory();
    const env = { TMPDIR: directory, HOME: directory };
    const run = (input: string, ...args: string[]) =>
      runCommand(process.execPath, [join(EXAMPLES, 'checkpoint-editor.mjs'), ...args], { env, input });
    return { directory, run };
  }

  it('undoes and redoes on a file of its own, and leaves nothing behind', async () => {
    const { directory, run } = place();
    const { exitCode, stdout, stderr } = await run('');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('> u\nundone: d 1\n> p\nroses are red\nviolets are blue\n');
    expect(stdout).toContain('* before d 1\n  latest\nthe next session:\n> r\ndone again: d 1\n');
    expect(stdout).toMatch(
      /> p\nVIOLETS ARE BLUE\n> u\nundone: ! tr .*\n> u\nundone: d 1\n> p\nroses are red\nviolets are blue\n$/,
    );
    expect(readdirSync(directory)).toEqual([]);
  });

  it("undoes a user's edits in a later session, and what another program changed in between", async () => {
    const { directory, run } = place();
    const file = join(directory, 'file');
    writeFileSync(file, 'one\n');
    await run('a two\na three\n', file);
    expect(readFileSync(file, 'utf8')).toBe('one\ntwo\nthree\n');
    writeFileSync(file, 'somebody else\n');
    const { stdout } = await run('u\nr\nu\nu\nu\nx\n', file);
    expect(stdout).toEqual(
      expect.stringMatching(
        /^undone: a three\ndone again: a three\nundone: a three\nundone: a two\nnothing to undo\np +print/,
      ),
    );
    expect(readFileSync(file, 'utf8')).toBe('one\n');
  });
});

describe('vitest-fixture', () => {
  it('passes, and leaves nothing behind', async () => {
    const directory = createTemporaryDirectory();
    const { exitCode, stdout, stderr } = await runCommand(
      process.execPath,
      [VITEST, 'run', '--root', join(EXAMPLES, 'vitest-fixture')],
      { env: { TMPDIR: directory, HOME: directory } },
    );
    expect({ exitCode, stderr }, stdout).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/Tests .*4 passed/);
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('custom-backend', () => {
  it('keeps a store that nobody else can read, and leaves nothing behind', async () => {
    const directory = createTemporaryDirectory();
    const { exitCode, stdout, stderr } = await runCommand(
      process.execPath,
      [join(EXAMPLES, 'custom-backend.mjs')],
      { env: { TMPDIR: directory, HOME: directory } },
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(
      /^\d+ files, of which 0 can be read\nmodified plan\nrolled back: done, top secret\n/,
    );
    expect(stdout).toContain('problems: 0\nwith another key: STORE_NOT_FOUND\n');
    expect(readdirSync(directory)).toEqual([]);
  });
});
