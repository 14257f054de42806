// What a terminal gets to see, and only a terminal: progress and colours.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createWorkspace } from './command-workspace.js';
import { onTerminal, SCRIPT } from './on-terminal.js';

test.skipIf(!existsSync(SCRIPT))('progress is drawn on a terminal and gone at the end', async () => {
  const workspace = createWorkspace();
  const shown = await onTerminal(workspace, ['save', workspace.tree, '--name', 'first']);
  expect(shown).toMatch(/\rSaving app {2}\d files? {2}\d+ B\x1b\[K/);
  expect(shown).toMatch(/\r\x1b\[KSaved point /);
  const again = await onTerminal(workspace, ['save', workspace.tree]);
  expect(again).toMatch(/\rSaving app {2}\d+ % {2}\d files? {2}\d+ B of 14 B\x1b\[K/);
  expect(await onTerminal(workspace, ['restore', 'first', '--to', 'to'])).toMatch(/\rRestoring {2}/);
  for (const flag of ['--no-progress', '--quiet']) {
    expect(await onTerminal(workspace, ['save', workspace.tree, flag])).not.toContain('Saving');
  }
});

test.skipIf(!existsSync(SCRIPT))('a rollback draws how far all of it is', async () => {
  const workspace = createWorkspace();
  await workspace.run(['save', workspace.tree, '--name', 'first']);
  writeFileSync(join(workspace.tree, 'app.conf'), 'port = 8080\n');
  const shown = await onTerminal(workspace, ['rollback', 'first', '--yes']);
  expect(shown).toMatch(/\r\[#*-*\] \d+ % {2}\S.*\x1b\[K/);
  expect(shown).toMatch(/\r\x1b\[KRolled /);
  expect(await onTerminal(workspace, ['undo', '--no-progress'])).not.toContain('%');
});

test.skipIf(!existsSync(SCRIPT))('colours are for terminals that want them', async () => {
  const workspace = createWorkspace();
  await workspace.run(['save', workspace.tree, '--name', 'first']);
  expect(await onTerminal(workspace, ['list'])).toContain('\x1b[1mfirst\x1b[22m');
  for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
    expect(await onTerminal(workspace, ['list'], env)).not.toContain('\x1b');
  }
  expect(await onTerminal(workspace, ['list', '--json'])).not.toContain('\x1b');
  expect((await workspace.run(['list'])).stdout).not.toContain('\x1b');
});
