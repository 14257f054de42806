// Compares two states of a component of kind `mariadb`: which databases are made anew, and which accounts are put back.
import { changedDatabases, databaseStep } from '../database/database-steps.js';
import { readDocument } from '../state/json-document.js';
import type { StateComparison, StatePlan, StateReader, StateStep } from '../state/state-adapter.js';
import type { UserRecord } from './capture-users.js';
import { parseDefinitions } from './definition-text.js';
import { databasePaths, databasesPrefix, POSITION_PATH, usersPrefix } from './document-paths.js';
import { quoteAccount } from './quote.js';
import type { Position } from './read-server.js';

/** What a step says to the adapter itself. */
export type MariadbStep =
  | { readonly database: string; readonly do: 'replace' | 'create' | 'remove' }
  | { readonly user: UserRecord; readonly do: 'grant' | 'alter' | 'revoke' };

export async function planDatabases({ from, to, changed }: StateComparison): Promise<StatePlan> {
  const steps: StateStep[] = [];
  const notes: string[] = [];
  const unrestorable: StatePlan['unrestorable'][number][] = [];
  const position = await readDocument<Position>(to, POSITION_PATH);
  for (const database of changedDatabases(changed, databasesPrefix)) {
    const step = await databaseStep(database, { from, to, changed }, databasePaths(database));
    steps.push(step);
    const since = position === undefined ? '' : ` since ${position.at}`;
    unrestorable.push(...(await brokenViews(database, to)));
    if (step.do === 'replace') notes.push(`database ${database} loses what was written${since}.`);
    if (step.do === 'remove') notes.push(`database ${database} is lost with all that is in it.`);
  }
  for (const path of changed.filter((each) => each.startsWith(`${usersPrefix}/`))) {
    const [before, after] = [
      await readDocument<UserRecord>(from, path),
      await readDocument<UserRecord>(to, path),
    ];
    if (after !== undefined) steps.push(userStep(after, before));
    else if (before !== undefined) steps.push(revokeStep(before));
  }
  return { steps, unrestorable, notes };
}

/** Views that referred to what was not there can't be made again, unless they still stand there. */
async function brokenViews(database: string, to: StateReader): Promise<StatePlan['unrestorable']> {
  const path = databasePaths(database).routines;
  const content = await to.read(path);
  const programs = content === undefined ? [] : parseDefinitions(content, path);
  return programs
    .filter(({ isBroken }) => isBroken === true)
    .map(({ name }) => ({
      object: `view ${database}.${name}`,
      text: `view ${database}.${name} referred to what was not there: it is only back where it still stands`,
    }));
}

function objectOf(user: UserRecord): string {
  return `${user.host === null ? 'role' : 'user'} ${quoteAccount(user).replaceAll('`', "'")}`;
}

function userStep(user: UserRecord, before: UserRecord | undefined): StateStep {
  const object = objectOf(user);
  const verb = before === undefined ? 'grant' : 'alter';
  const parts = [
    ...(before !== undefined && before.clause !== user.clause ? ['how it is let in'] : []),
    ...(before !== undefined && before.grants.join('\n') !== user.grants.join('\n')
      ? ['what it may do']
      : []),
  ];
  const text =
    before === undefined
      ? `see that ${object} is there, and may do what it could`
      : `alter ${object}: ${parts.join(', ')}`;
  return { object, do: verb, text, data: { user, do: verb } as unknown as StateStep['data'] & object };
}

function revokeStep(user: UserRecord): StateStep {
  const object = objectOf(user);
  const text = `take from ${object} what it may do in the databases: it could nothing then`;
  return {
    object,
    do: 'revoke',
    text,
    data: { user, do: 'revoke' } as unknown as StateStep['data'] & object,
  };
}
