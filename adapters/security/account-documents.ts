// Users and groups as documents, so that what changed can be read by name. They come back with their files, so nothing is done
// about them. No document has a password in it, only whether there is one.
import { encodeDocument } from '../state/json-document.js';
import type { StateDocument } from '../state/state-adapter.js';
import type { Account, Accounts, Group, Shadow } from './account-files.js';
import { documentName } from './document-name.js';
import { groupsByUser } from './find-way-in.js';
import { passwordState } from './password-state.js';

export const USERS = 'state/users';
export const GROUPS = 'state/groups';

/** What a document says of a user. */
export interface UserDocument {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export function* accountDocuments(accounts: Accounts): Iterable<StateDocument> {
  const shadows = new Map((accounts.shadows ?? []).map((shadow) => [shadow.name, shadow]));
  const groups = groupsByUser(accounts);
  for (const account of firstOfEach(accounts.users)) {
    const names = groups(account).map(({ name }) => name);
    yield {
      path: `${USERS}/${documentName(account.name)}.json`,
      content: encodeDocument(userDocument(account, shadows.get(account.name), names)),
    };
  }
  const administrators = new Map(
    (accounts.groupShadows ?? []).map((each) => [each.name, each.administrators]),
  );
  for (const group of firstOfEach(accounts.groups)) {
    yield {
      path: `${GROUPS}/${documentName(group.name)}.json`,
      content: encodeDocument(groupDocument(group, administrators.get(group.name) ?? [])),
    };
  }
}

function userDocument(account: Account, shadow: Shadow | undefined, groups: readonly string[]) {
  const { password: _password, changedDay: _changed, name: _name, ...limits } = shadow ?? {};
  return {
    ...{ uid: account.userId, gid: account.groupId, gecos: account.description },
    ...{ home: account.home, shell: account.shell, groups: [...new Set(groups)].sort() },
    password: passwordState(account, shadow),
    ...limits,
  };
}

function groupDocument(group: Group, administrators: readonly string[]) {
  return {
    gid: group.groupId,
    members: [...new Set(group.members)].sort(),
    ...(administrators.length === 0 ? {} : { administrators: [...administrators].sort() }),
  };
}

/** As getpwnam(3), the first line of a name counts. */
function firstOfEach<T extends { readonly name: string }>(entries: readonly T[]): Iterable<T> {
  const byName = new Map<string, T>();
  for (const entry of entries) {
    if (!byName.has(entry.name)) byName.set(entry.name, entry);
  }
  return byName.values();
}
