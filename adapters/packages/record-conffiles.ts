// Tells dpkg again which configuration files came with a package. A package that was packed anew has them as they are on the
// host, with the changes of the administrator; dpkg would take those for the package's own, and overwrite them silently later.
import { readdirSync, readFileSync } from 'node:fs';
import { SavepointError } from '../../store/errors.js';
import { writeSystemFiles } from '../system/system-files.js';
import { packageKey, splitFields } from './dpkg-database.js';
import { whileLocked } from './dpkg-lock.js';
import type { PackageDocument } from './package-document.js';

const DATABASE = '/var/lib/dpkg';
const STATUS = `${DATABASE}/status`;
const MD5 = /^[0-9a-f]{32}$/;

/** Sets the recorded MD5 of configuration files that the database has. Throws STATE_BUSY where the database is in use. */
export async function recordConffiles(documents: readonly PackageDocument[]): Promise<void> {
  if (documents.length === 0) return;
  const byKey = new Map(documents.map((each) => [packageKey(each), each.conffiles]));
  await whileLocked(async () => {
    // What is there stands beside the file, and goes before it.
    if (readdirSync(`${DATABASE}/updates`).length > 0) throw unfinished();
    const replaces = readFileSync(STATUS);
    const text = replaces
      .toString('latin1')
      .split('\n\n')
      .map((stanza) => withConffiles(stanza, byKey))
      .join('\n\n');
    const content = Buffer.from(text, 'latin1');
    if (!content.equals(replaces))
      await writeSystemFiles({ links: [], files: [{ path: STATUS, content, replaces }] });
  });
}

function withConffiles(stanza: string, byKey: ReadonlyMap<string, PackageDocument['conffiles']>): string {
  const fields = splitFields(stanza.trim());
  const key = `${fields.get('Package')}:${fields.get('Architecture')}`;
  const recorded = byKey.get(key);
  const found = fields.get('Conffiles');
  if (recorded === undefined || found === undefined) return stanza;
  const lines = found.split('\n').map((line) => {
    const match = /^ (.*?) ([0-9a-f]{32}|newconffile)$/.exec(line);
    const hash =
      match === null ? undefined : recorded[Buffer.from(match[1] as string, 'latin1').toString('utf8')];
    return hash === undefined || !MD5.test(hash) ? line : ` ${match?.[1]} ${hash}`;
  });
  return stanza.replace(`\nConffiles:${found}`, () => `\nConffiles:${lines.join('\n')}`);
}

function unfinished(): SavepointError {
  return new SavepointError(
    'STATE_BUSY',
    "dpkg was interrupted, and its database is not up to date: run 'dpkg --configure -a', and repeat.",
    { fields: { path: `${DATABASE}/updates` } },
  );
}
