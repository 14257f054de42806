// The help, made from the command table.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COMMANDS } from '#src/cli/command-table.js';
import { runSavepoint } from '../../fixtures/run-command.js';

test('help lists every command, and --help is the same', async () => {
  const { stdout, stderr, exitCode } = await runSavepoint(['help']);
  expect([stderr, exitCode]).toEqual(['', 0]);
  for (const { name, summary } of COMMANDS)
    expect(stdout).toMatch(new RegExp(`^ {2}${name} +${summary}$`, 'm'));
  expect((await runSavepoint(['--help'])).stdout).toBe(stdout);
});

test('the help of a command has its usage, its flags and an example', async () => {
  const { stdout } = await runSavepoint(['help', 'restore']);
  expect(stdout).toMatch(/^Usage: savepoint restore \[FLAGS\] POINT \[PATH…\]$/m);
  expect(stdout).toMatch(/^ {2}-n, --dry-run +only show what would be done$/m);
  expect(stdout).toMatch(/^Examples:\n {2}savepoint restore /m);
  expect((await runSavepoint(['restore', '-h'])).stdout).toBe(stdout);
});

test('the help of a group lists its commands, and each of them has its own', async () => {
  const { stdout, exitCode } = await runSavepoint(['help', 'bundle']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^Usage: savepoint bundle create\|restore\|verify …$/m);
  for (const { name, summary } of COMMANDS.filter(({ name }) => name.startsWith('bundle ')))
    expect(stdout).toMatch(new RegExp(`^ {2}${name} +${summary}$`, 'm'));
  expect((await runSavepoint(['bundle', '--help'])).stdout).toBe(stdout);
  const page = (await runSavepoint(['help', 'bundle', 'create'])).stdout;
  expect(page).toMatch(/^Usage: savepoint bundle create \[FLAGS\] FILE POINT…$/m);
  expect((await runSavepoint(['bundle', 'create', '-h'])).stdout).toBe(page);
  expect(JSON.parse((await runSavepoint(['help', 'bundle', '--json'])).stdout).group.commands).toHaveLength(
    3,
  );
});

test('help for words that are no command names the nearest', async () => {
  const { stderr, exitCode } = await runSavepoint(['help', 'bundle', 'restor']);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining("Did you mean 'bundle restore'?")]);
  expect((await runSavepoint(['help', 'save', 'list'])).stderr).toContain("no command 'save list'");
});

test('help is no wider than a terminal', async () => {
  const pages = [
    await runSavepoint(['help']),
    await runSavepoint(['help', 'save']),
    await runSavepoint(['help', 'diff']),
  ];
  for (const line of pages.flatMap(({ stdout }) => stdout.split('\n')))
    expect(line.length).toBeLessThanOrEqual(100);
});

test('JSON.md documents every command', () => {
  const text = readFileSync(new URL('../../../src/cli/JSON.md', import.meta.url), 'utf8');
  for (const { name } of COMMANDS.filter(({ name }) => name !== 'cat'))
    expect(text).toMatch(new RegExp(`^### .*\\b${name}\\b`, 'm'));
});
