// `savepoint bundle create`, `restore` and `verify`: points in a file, for another store.
import type { CommandContext, Outcome } from './command.js';
import { CommandLineError } from './command-line-error.js';

export async function bundleCreateCommand(_context: CommandContext): Promise<Outcome> {
  throw new CommandLineError('UNSUPPORTED', 'Bundles are not there yet.');
}

export async function bundleRestoreCommand(_context: CommandContext): Promise<Outcome> {
  throw new CommandLineError('UNSUPPORTED', 'Bundles are not there yet.');
}

export async function bundleVerifyCommand(_context: CommandContext): Promise<Outcome> {
  throw new CommandLineError('UNSUPPORTED', 'Bundles are not there yet.');
}
