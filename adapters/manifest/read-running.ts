// Reads what runs by the operator's command; a command that fails says nothing about what runs.

import { parseRunning } from './parse-running.js';
import { parseSupervisorStatus } from './parse-supervisor-status.js';
import type { Running } from './running-state.js';
import { type CommandLimits, type CommandResult, runCommand } from './shell-command.js';

export interface ReadResult {
  /** Missing where it could not be read. */
  readonly running?: Running;
  /** Why it could not. */
  readonly failure?: string;
  /** As it was printed. */
  readonly printed: string;
}

/** With this, `supervisorctl status` says that not every program runs. */
const NOT_ALL_RUNNING = 3;

export async function readRunning(command: string, limits: CommandLimits): Promise<ReadResult> {
  const result = await runCommand(command, limits);
  const { stdout } = result;
  if (hasAnswered(result)) return { running: parseRunning(stdout), printed: stdout };
  const said = result.output === '' ? '' : `: ${result.output}`;
  return { failure: `'${command}' ${result.ended}${said}`, printed: result.output };
}

function hasAnswered({ exitCode, stdout }: CommandResult): boolean {
  if (exitCode === 0) return true;
  return exitCode === NOT_ALL_RUNNING && parseSupervisorStatus(stdout) !== undefined;
}
