// Asks apt what it would do: exactly what is wanted, or the change is refused before anything is decided.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import type { StageContext } from '../state/state-adapter.js';
import { programError, readProgram } from '../system/run-program.js';
import { packageWord } from './dpkg-database.js';
import type { PackageDocument } from './package-document.js';
import { isTransacted, type PreparedApt, runnerOf, transactionWords } from './prepared-packages.js';
import { APT_FLAGS, lastWords } from './run-apt.js';

/** Throws STATE_REFUSED where the packages would not fit together, or others would change with them. */
export async function simulateTransaction(prepared: PreparedApt, context: StageContext): Promise<void> {
  const pending = prepared.packages.filter(isTransacted);
  if (pending.length === 0) return;
  const words = transactionWords(pending, context);
  const flags = ['--simulate', ...(await statusFlags(context)), ...APT_FLAGS];
  const result = await runnerOf(context, prepared, context.signal).aptGet([...flags, 'install', ...words]);
  if (result.isMissing) throw programError('apt-get', [], result);
  if (result.exitCode !== 0) {
    throw refused(`apt can't make up the recorded set of packages: ${lastWords(result)}`, context);
  }
  const [native = ''] = prepared.known;
  const named = pending.map(({ change }) => packageWord((change.to ?? change.from) as PackageDocument));
  const planned = new Set(named.map((name) => withoutNative(name, native)));
  const simulated = changedNames(result.stdout.toString('utf8'), native);
  const others = [...simulated].filter((name) => !planned.has(name));
  if (others.length > 0) throw refused(`apt would also change ${others.join(', ')}`, context);
  const left = [...planned].filter((name) => !simulated.has(name));
  if (left.length > 0) throw refused(`apt would not change ${left.join(', ')}`, context);
}

/**
 * A package whose unpacking was ended in the middle is mended before apt-get is asked (see exchange-packages.ts). What it is
 * asked about here is the database as it is going to be then.
 */
async function statusFlags(context: StageContext): Promise<string[]> {
  const database = await readProgram('dpkg-query', ['--status']);
  const mended = database.replace(/^(Status: \S+) reinstreq \S+$/gm, '$1 ok unpacked');
  if (mended === database) return [];
  const file = join(context.staging(), 'status');
  writeFileSync(file, mended);
  return ['--option', `Dir::State::status=${file}`];
}

/** See apt-get(8), --simulate: `Inst`, `Remv` and `Purg`, and the package. */
function changedNames(output: string, native: string): Set<string> {
  const lines = output.split('\n').map((line) => /^(?:Inst|Remv|Purg) (\S+)/.exec(line)?.[1]);
  return new Set(lines.flatMap((name) => (name === undefined ? [] : [withoutNative(name, native)])));
}

function withoutNative(name: string, native: string): string {
  return name.endsWith(`:${native}`) ? name.slice(0, -native.length - 1) : name;
}

function refused(reason: string, { component }: StageContext): SavepointError {
  return new SavepointError(
    'STATE_REFUSED',
    `${reason}. Nothing was changed; see 'apt-get check', or roll back to a point whose packages fit together.`,
    { fields: { component } },
  );
}
