// Tells everybody who is logged in on the machine what becomes of a guarded change, as who started it may be gone.
import { spawn } from 'node:child_process';

/** Best effort: a machine without `wall` has nobody to be told this way. */
export function announce(text: string): void {
  const child = spawn('wall', [], { stdio: ['pipe', 'ignore', 'ignore'] });
  // Not there, or it ended without listening.
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  child.stdin.end(`savepoint: ${text}\n`);
  child.unref();
}
