// Runs the command line on a terminal of its own.
import { runCommand } from '../../fixtures/run-command.js';
import { CLI, type Workspace } from './command-workspace.js';

/** Of the package bsdutils: runs a program on a terminal. */
export const SCRIPT = '/usr/bin/script';

/** What a terminal shows: stdout and stderr together. */
export async function onTerminal(
  { store, directory }: Pick<Workspace, 'store' | 'directory'>,
  args: readonly string[],
  env = {},
): Promise<string> {
  const words = [process.execPath, CLI, '--store', store, ...args];
  const command = words.map((word) => `'${word}'`).join(' ');
  const settings = { NO_COLOR: undefined, TERM: 'xterm', ...env };
  const { stdout } = await runCommand(SCRIPT, ['-qec', command, '/dev/null'], {
    cwd: directory,
    env: settings,
  });
  return stdout.replaceAll('\r\n', '\n');
}
