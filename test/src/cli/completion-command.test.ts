// The completion scripts, read and run by the shells themselves where they are installed.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand, runSavepoint } from '../../fixtures/run-command.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { CLI, createWorkspace } from './command-workspace.js';

const SHELLS = ['bash', 'zsh', 'fish'].filter((shell) => existsSync(`/usr/bin/${shell}`));

test('bash is among the shells that are tested', () => {
  expect(SHELLS).toContain('bash');
});

test.each(SHELLS)('%s can read its script', async (shell) => {
  const { stdout } = await runSavepoint(['completion', shell]);
  expect(stdout).toContain('savepoint');
  const script = join(createTemporaryDirectory(), 'script');
  writeFileSync(script, stdout);
  const { stderr, exitCode } = await runCommand(shell, ['-n', script]);
  expect([stderr, exitCode]).toEqual(['', 0]);
});

/** What bash would offer for the last of `words`. */
async function complete(words: readonly string[], directory: string): Promise<string[]> {
  const script = `
    source <("$0" "$1" completion bash)
    savepoint() { "$node" "$cli" "$@"; }
    node=$0 cli=$1; shift
    COMP_WORDS=(savepoint "$@"); COMP_CWORD=$#
    _savepoint
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await runCommand('bash', ['-c', script, process.execPath, CLI, ...words], {
    cwd: directory,
  });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
}

test('commands, flags and their values are completed', async () => {
  const { directory } = createWorkspace();
  expect(await complete(['sta'], directory)).toEqual(['status', 'stats']);
  expect(await complete(['restore', '--d'], directory)).toEqual(['--dry-run', '--delete']);
  expect(await complete(['diff', '--js'], directory)).toEqual(['--json']);
  expect(await complete(['init', '--object-format', ''], directory)).toEqual(['sha256', 'sha1']);
  expect(await complete(['completion', ''], directory)).toEqual(['bash', 'zsh', 'fish']);
  expect(await complete(['help', 'ver'], directory)).toEqual(['verify']);
  expect(await complete(['save', '-m', ''], directory)).toEqual([]);
});

test('the second word of a command is completed, with its flags and operands behind it', async () => {
  const { tree, store, directory, run } = createWorkspace();
  await run(['save', tree, '--name', 'first']);
  expect(await complete(['bun'], directory)).toEqual(['bundle']);
  expect(await complete(['bundle', ''], directory)).toEqual(['create', 'restore', 'verify']);
  expect(await complete(['bundle', '-q', 're'], directory)).toEqual(['restore']);
  expect(await complete(['help', 'bundle', ''], directory)).toEqual(['create', 'restore', 'verify']);
  expect(await complete(['help', 'save', ''], directory)).toEqual([]);
  expect(await complete(['bundle', 'create', '--si'], directory)).toEqual(['--since']);
  expect(await complete(['bundle', 'create', 'ap'], directory)).toEqual(['app']);
  const words = ['--store', store, 'bundle', 'create', 'file', 'fi'];
  expect(await complete(words, directory)).toEqual(['first']);
  expect(await complete([...words.slice(0, -1), '--since', 'fi'], directory)).toEqual(['first']);
});

test('points come from the store that is named, paths from the directory', async () => {
  const { tree, store, directory, run } = createWorkspace();
  await run(['save', tree, '--name', 'first']);
  await run(['save', tree, '--name', '$(touch$IFS$1pwned)']);
  expect(await complete(['--store', store, 'show', ''], directory)).toEqual([
    ...['latest', 'first', '\\$\\(touch\\$IFS\\$1pwned\\)'],
  ]);
  expect(await complete(['--store', store, 'diff', 'first', 'l'], directory)).toEqual(['latest', 'live']);
  expect(await complete(['--store', store, 'restore', 'first', 'app/a'], directory)).toEqual([
    'app/app.conf',
  ]);
  expect(await complete(['--store', store, 'restore', '--to', 'a'], directory)).toEqual(['app']);
  expect(existsSync(join(directory, 'pwned'))).toBe(false);
});

test.skipIf(!SHELLS.includes('fish'))('fish completes commands, flags and points', async () => {
  const { tree, store, directory, run } = createWorkspace();
  await run(['save', tree, '--name', 'first']);
  const { stdout } = await runSavepoint(['completion', 'fish']);
  const script = `${stdout}\nfunction savepoint; ${process.execPath} ${CLI} $argv; end\n`;
  writeFileSync(join(directory, 'script.fish'), script);
  const offered = async (line: string) => {
    const command = `source script.fish; complete -C '${line}'`;
    const result = await runCommand('fish', ['--no-config', '-c', command], {
      cwd: directory,
      env: { HOME: directory },
    });
    return result.stdout
      .split('\n')
      .filter((text) => text !== '')
      .map((text) => text.split('\t')[0]);
  };
  expect(await offered('savepoint sta')).toEqual(['stats', 'status']);
  expect(await offered('savepoint verify --re')).toEqual(['--repair']);
  expect(await offered(`savepoint --store ${store} restore fi`)).toEqual(['first']);
  expect(await offered('savepoint bun')).toEqual(['bundle']);
  expect(await offered('savepoint bundle ')).toEqual(['create', 'restore', 'verify']);
  expect(await offered('savepoint help bundle v')).toEqual(['verify']);
  expect(await offered('savepoint bundle create --si')).toEqual(['--since']);
  expect(await offered(`savepoint --store ${store} bundle create file fi`)).toEqual(['first']);
});
