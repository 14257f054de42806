// What the system's own programs say of accounts and of sudo: they read the files only. Programs that are not there say nothing.

import type { StagedView } from '../state/state-adapter.js';
import { programError, runProgram } from '../system/run-program.js';

/** Which of them: those of accounts, or all. */
export type Checks = 'accounts' | 'all';

type Run = StagedView['run'];

/** Missing homes are no fault (-q); -r keeps them from asking. Sudo's includes are read as sudo reads them, with their modes. */
const SCRIPTS: Readonly<Record<Checks, readonly { readonly program: string; readonly args: string }[]>> = {
  accounts: [
    { program: 'pwck', args: '-q -r' },
    { program: 'grpck', args: '-q -r' },
  ],
  all: [
    { program: 'pwck', args: '-q -r' },
    { program: 'grpck', args: '-q -r' },
    { program: 'visudo', args: '-c' },
  ],
};

const SOUND = 'sound';

/** What they complain of in the files that stand in their place for `run`; nothing that they say of sound files. */
export async function askAccountPrograms(run: Run, checks: Checks): Promise<string[]> {
  const complaints: string[] = [];
  for (const { program, args } of SCRIPTS[checks]) {
    const script = `command -v ${program} >/dev/null || { echo ${SOUND}; exit; }
      said=$(${program} ${args} </dev/null 2>&1) && echo ${SOUND} || printf '%s\\n' "$said" "exit code $?"`;
    const result = await run('sh', ['-c', script]);
    const lines = (result?.output ?? '').split('\n').filter((line) => line.trim() !== '');
    if (lines.at(0) !== SOUND)
      complaints.push(...lines.map((line) => `${program}: ${withoutPasswords(line.trim())}`));
  }
  return complaints;
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
