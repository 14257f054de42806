// Compares two states of a component of kind `postgres`: which databases are made anew, and which roles are put back.

import { changedDatabases, databaseStep } from '../database/database-steps.js';
import { readDocument } from '../state/json-document.js';
import type { StateComparison, StatePlan, StateStep } from '../state/state-adapter.js';
import type { RoleRecord } from './capture-roles.js';
import { databasePaths, databasesPrefix, rolesPrefix } from './document-paths.js';
import { describeLoss, instantOf } from './loss-since.js';

/** What a step says to the adapter itself. */
export type DatabaseStep =
  | { readonly database: string; readonly do: 'replace' | 'create' | 'remove' }
  | { readonly role: RoleRecord };

export async function planDatabases({ from, to, changed }: StateComparison): Promise<StatePlan> {
  const steps: StateStep[] = [];
  const unrestorable: StatePlan['unrestorable'][number][] = [];
  const notes: string[] = [];
  for (const path of changed.filter((each) => each.startsWith(`${rolesPrefix}/`))) {
    const [before, after] = [
      await readDocument<RoleRecord>(from, path),
      await readDocument<RoleRecord>(to, path),
    ];
    if (after !== undefined) steps.push(roleStep(after, before));
    else if (before !== undefined) {
      const text = `role ${before.name} is not in the point: it stays as it is`;
      unrestorable.push({ object: `role ${before.name}`, text });
    }
  }
  for (const database of changedDatabases(changed, databasesPrefix)) {
    steps.push(await databaseStep(database, { from, to, changed }, databasePaths(database)));
    const instants = { from: await instantOf(from, database), to: await instantOf(to, database) };
    notes.push(...describeLoss(database, instants));
  }
  return { steps, unrestorable, notes };
}

function roleStep(role: RoleRecord, before: RoleRecord | undefined): StateStep {
  const isNew = before === undefined;
  return {
    object: `role ${role.name}`,
    do: isNew ? 'grant' : 'alter',
    text: isNew
      ? `see that role ${role.name} is there, as it was`
      : `alter role ${role.name}: ${differences(role, before).join(', ')}`,
    data: { role } as unknown as StateStep['data'] & object,
  };
}

function differences(role: RoleRecord, before: RoleRecord): string[] {
  const keys = Object.keys(role) as (keyof RoleRecord)[];
  const differing = keys.filter((key) => JSON.stringify(role[key]) !== JSON.stringify(before[key]));
  return differing.filter((key) => key !== 'knowsPassword').map((key) => WORDS[key] ?? key);
}

const WORDS: Readonly<Partial<Record<keyof RoleRecord, string>>> = {
  connectionLimit: 'connection limit',
  validUntil: 'end of validity',
  memberOf: 'memberships',
};
