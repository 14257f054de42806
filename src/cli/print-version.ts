// `savepoint --version` where other flags stand beside it.
import type { Outcome } from './command.js';
import type { Output } from './output.js';
import { readVersion } from './read-version.js';

export function printVersion(output: Output): Outcome {
  const version = readVersion();
  if (output.json) output.document({ version });
  else output.result(`savepoint ${version}`);
  return 'done';
}
