// What the system's own programs say of accounts and of sudo: they read the files only. Programs that are not there say nothing.

import type { StagedView } from '../state/state-adapter.js';
import { programError, runProgram } from '../system/run-program.js';

/** Which of them: those of accounts, or all. */
export type Checks = 'accounts' | 'all';

type Run = StagedView['run'];

/** Missing homes are no fault (-q); -r keeps them from asking. Sudo's includes are read as sudo reads them, with their modes. */
const COMMANDS: Readonly<Record<Checks, readonly string[]>> = {
  accounts: ['pwck -q -r', 'grpck -q -r'],
  all: ['pwck -q -r', 'grpck -q -r', 'visudo -c'],
};

/** For each command that fails: its name before each line that it says, and its exit code. */
const SCRIPT = `
  for command; do
    program=\${command%% *}
    command -v "$program" >/dev/null || continue
    said=$($command </dev/null 2>&1)
    code=$?
    [ $code = 0 ] || printf '%s\n' "$said" "exit code $code" | sed "s/^/$program: /"
  done
`;

/** What they complain of in the files that stand in their place for `run`; nothing that they say of sound files. */
export async function askAccountPrograms(run: Run, checks: Checks): Promise<string[]> {
  const result = await run('sh', ['-c', SCRIPT, 'sh', ...COMMANDS[checks]]);
  return (result?.output ?? '')
    .split('\n')
    .map((line) => withoutPasswords(line.trim()))
    .filter((line) => line !== '');
}

/** They quote whole lines of the files. */
function withoutPasswords(line: string): string {
  return line.replaceAll(/'([^':]*):[^':]*(?=[:'])/g, "'$1:…");
}

/** Runs programs on the files as they are. */
export const runLive: Run = async (program, args) => {
  const result = await runProgram(program, args, { timeoutMs: 120_000 });
  if (result.isMissing) throw programError(program, args, result);
  return { exitCode: result.exitCode, output: `${result.stdout.toString('utf8')}${result.stderr}` };
};
