// Which databases of a server belong to a component: by their names, and by patterns.
import picomatch from 'picomatch';
import { SavepointError } from '../../store/errors.js';
import { OWN_PREFIX } from '../database/attempt-names.js';
import type { ClientSession } from './client-session.js';
import type { MariadbSettings } from './mariadb-settings.js';
import type { ServerAccess } from './server-access.js';

const OF_THE_SYSTEM = new Set(['information_schema', 'performance_schema', 'mysql', 'sys']);

/** Those that the settings name. Throws CONFIG_INVALID where these name none. */
export function wantedDatabases(
  { databases }: MariadbSettings,
  { component, database }: ServerAccess,
): readonly string[] {
  const wanted = databases ?? (database === '' ? [] : [database]);
  if (wanted.length > 0) return wanted;
  throw new SavepointError(
    'CONFIG_INVALID',
    `${component} names no database: put one at the end of the address, or a list into 'databases'.`,
    { fields: { component, setting: 'databases' } },
  );
}

/** Those that are there, and names, which are no patterns, of those that are not there. In order. */
export async function selectDatabases(
  session: ClientSession,
  wanted: readonly string[],
): Promise<{ readonly found: string[]; readonly missing: string[] }> {
  const all = await session.values('SELECT SCHEMA_NAME FROM information_schema.SCHEMATA');
  const names = all
    .map(([name]) => name ?? 'NULL')
    .filter((name) => !name.startsWith(OWN_PREFIX) && !OF_THE_SYSTEM.has(name.toLowerCase()))
    .sort();
  const matchers = wanted.map((each) => picomatch(each, { nonegate: true, dot: true, bash: true }));
  const found = names.filter((name) => wanted.includes(name) || matchers.some((matches) => matches(name)));
  const missing = wanted.filter((each) => !/[*?[{]/.test(each) && !found.includes(each));
  return { found, missing: [...new Set(missing)] };
}
