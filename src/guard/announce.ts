// Tells everybody who is logged in on the machine what becomes of a guarded change, as who started it may be gone.
import { spawn } from 'node:child_process';

/** Best effort, and never a failure: a machine without `wall` has nobody to be told this way. */
export function announce(text: string): void {
  try {
    const child = spawn('wall', [], { stdio: ['pipe', 'ignore', 'ignore'] });
    // Not there, or it ended without listening.
    child.on('error', () => {});
    const stdin = child.stdin as typeof child.stdin | null | undefined;
    stdin?.on('error', () => {});
    stdin?.end(`savepoint: ${text}\n`);
    child.unref();
  } catch (error) {
    // No processes, descriptors or memory are left: what is told is worth less than what is done.
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
  }
}

/** The program of a command alone: its other words may be secrets. */
export function nameChange(command: readonly string[]): string {
  return command.length > 1 ? `'${command[0]} …'` : `'${command[0]}'`;
}
