// What is wrong with files of accounts, as far as they can be told to be wrong by themselves. Pure.
import { ACCOUNT_FILES, type Accounts } from './account-files.js';

/** Each complaint in words that tell it from all others. */
export function checkAccounts(accounts: Accounts): string[] {
  const { users, shadows, groups, groupShadows } = accounts;
  const { passwd, shadow, group, gshadow } = ACCOUNT_FILES;
  const userNames = new Set(users.map(({ name }) => name));
  const shadowNames = new Set((shadows ?? []).map(({ name }) => name));
  const groupNames = new Set(groups.map(({ name }) => name));
  const groupIds = new Set(groups.map(({ groupId }) => groupId));
  return [
    ...(users.some(({ userId }) => userId === 0) ? [] : [`${passwd} has no user with the number 0`]),
    ...(userNames.has('root') ? [] : [`${passwd} has no line for root`]),
    ...accounts.oddLines.map(({ file, line }) => `what ${file} says at '${line}' is no entry`),
    ...duplicates(users).map((name) => `${passwd} has the user ${name} twice`),
    ...duplicates(groups).map((name) => `${group} has the group ${name} twice`),
    ...duplicates(shadows ?? []).map((name) => `${shadow} has the user ${name} twice`),
    ...users
      .filter(({ groupId }) => !groupIds.has(groupId))
      .map(({ name, groupId }) => `the user ${name} is in group ${groupId}, which ${group} has not`),
    ...users
      .filter(({ name, password }) => password === 'x' && !shadowNames.has(name))
      .map(({ name }) => `the user ${name} has no line in ${shadow}`),
    ...(shadows ?? [])
      .filter(({ name }) => !userNames.has(name))
      .map(({ name }) => `${shadow} has a line for ${name}, who is no user`),
    ...(groupShadows ?? [])
      .filter(({ name }) => !groupNames.has(name))
      .map(({ name }) => `${gshadow} has a line for ${name}, which is no group`),
  ];
}

function duplicates(entries: readonly { readonly name: string }[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { name } of entries) {
    if (seen.has(name)) twice.add(name);
    seen.add(name);
  }
  return [...twice];
}
