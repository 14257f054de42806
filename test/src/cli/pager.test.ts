// Patches on a terminal: through a pager, whatever becomes of that, and with the words that differ set off.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createWorkspace, type Workspace } from './command-workspace.js';
import { onTerminal, SCRIPT } from './on-terminal.js';

let workspace: Workspace;

beforeAll(async () => {
  workspace = createWorkspace({ lifetime: 'file' });
  const { tree, run } = workspace;
  await run(['save', tree, '--name', 'first']);
  writeFileSync(join(tree, 'app.conf'), 'port = 8080\n');
  writeFileSync(join(tree, 'control'), '\u001b[31mred\n');
  writeFileSync(join(tree, 'long'), Array.from({ length: 20_000 }, (_, line) => `line ${line}\n`).join(''));
});

const DIFF = ['diff', 'first', 'live', 'app:app.conf', 'app:control', '--patch'];

/** What a terminal shows, and the exit code at its end. */
async function shownWith(env: Record<string, string | undefined>, args: readonly string[]): Promise<string> {
  return onTerminal(workspace, args, {
    PAGER: undefined,
    SAVEPOINT_PAGER: undefined,
    LESS: undefined,
    ...env,
  });
}

describe.skipIf(!existsSync(SCRIPT))('on a terminal', () => {
  test('words that differ are set off, and control characters of a file are shown, not obeyed', async () => {
    const shown = await shownWith({ SAVEPOINT_PAGER: 'cat' }, DIFF);
    expect(shown).toContain('\x1b[31m-port = \x1b[7m80\x1b[27m\x1b[39m\n');
    expect(shown).toContain('\x1b[32m+port = \x1b[7m8080\x1b[27m\x1b[39m\n');
    expect(shown).toContain('+\\033[31mred');
    const plain = await shownWith({ SAVEPOINT_PAGER: 'cat', NO_COLOR: '1' }, DIFF);
    expect(plain).not.toContain('\x1b');
    expect(plain).toContain('\n+port = 8080\n');
  });

  test('$SAVEPOINT_PAGER, else $PAGER, gets all of it, unless --no-pager or a dumb terminal says otherwise', async () => {
    const file = join(workspace.directory, 'paged');
    const pager = `cat > ${file}; echo paged with $LESS`;
    expect(await shownWith({ PAGER: 'false', SAVEPOINT_PAGER: pager }, DIFF)).toBe('paged with FRX\n');
    expect(readFileSync(file, 'utf8')).toContain('port = ');
    expect(await shownWith({ PAGER: pager, LESS: 'S' }, DIFF)).toBe('paged with S\n');
    expect(await shownWith({ PAGER: pager }, [...DIFF, '--no-pager'])).not.toContain('paged');
    expect(await shownWith({ PAGER: pager, TERM: 'dumb' }, DIFF)).not.toContain('paged');
    expect(await shownWith({ PAGER: pager }, [...DIFF, '--json'])).not.toContain('paged');
  });

  test.each(['true', 'head -1', 'exec 0<&-; true', 'kill $$'])(
    "whoever quits it early, as '%s' does, has seen enough: that is no failure",
    async (pager) => {
      const shown = await shownWith({ SAVEPOINT_PAGER: pager }, ['diff', 'first', 'live', '--patch']);
      expect(shown).not.toContain('savepoint:');
    },
  );

  test('one that is not there is named, with what to do', async () => {
    const shown = await shownWith({ SAVEPOINT_PAGER: 'no-such-pager' }, ['diff', 'first', 'live', '--patch']);
    expect(shown).toContain("savepoint: The pager 'no-such-pager' can't be started; set $SAVEPOINT_PAGER");
  });
});
