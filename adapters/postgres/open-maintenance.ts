// A session at a server that is at work for the server as a whole, and so in none of the databases that are exchanged.
import { isSavepointError } from '../../store/errors.js';
import { PsqlSession } from './psql-session.js';
import type { ServerAccess } from './server-access.js';

/** Those that every server has. */
const COMMON = ['postgres', 'template1'];

/** In another database than `except`. Throws what the last one that was tried throws. */
export async function openMaintenance(
  access: ServerAccess,
  {
    except = [],
    signal,
  }: { readonly except?: readonly string[]; readonly signal?: AbortSignal | undefined } = {},
): Promise<PsqlSession> {
  const names = [...COMMON, access.database].filter((name) => name !== '' && !except.includes(name));
  const [first, ...others] = names;
  const open = (database: string) => PsqlSession.open(access, { database, signal });
  let session = open(first as string);
  for (const name of others) {
    session = session.catch((error) => {
      if (!isSavepointError(error, 'STATE_UNREADABLE')) throw error;
      return open(name);
    });
  }
  return session;
}
