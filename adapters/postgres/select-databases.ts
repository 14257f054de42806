// Which databases of a server belong to a component: by their names, and by patterns.
import picomatch from 'picomatch';
import { OWN_PREFIX } from '../database/attempt-names.js';
import type { PsqlSession } from './psql-session.js';

/** Those that are there and take connections, and names, which are no patterns, of those that are not there. In order. */
export async function selectDatabases(
  session: PsqlSession,
  wanted: readonly string[],
): Promise<{ readonly found: string[]; readonly missing: string[] }> {
  const all = await session.rows<{ name: string }>(
    'SELECT datname AS name FROM pg_database WHERE NOT datistemplate AND datallowconn ORDER BY datname COLLATE "C"',
  );
  const names = all.map(({ name }) => name).filter((name) => !name.startsWith(OWN_PREFIX));
  const matchers = wanted.map((each) => picomatch(each, { nonegate: true, dot: true, bash: true }));
  const found = names.filter((name) => wanted.includes(name) || matchers.some((matches) => matches(name)));
  const missing = wanted.filter((each) => !isPattern(each) && !found.includes(each));
  return { found, missing: [...new Set(missing)] };
}

function isPattern(text: string): boolean {
  return /[*?[{]/.test(text);
}
