// What has to be done, besides putting files back, to turn one state of security into another; and what can't be done, or is left
// to a number when a user goes. Users and groups are their files', so no step is about them. Pure.
import { isInside } from '../files/node-path.js';
import { readDocument } from '../state/json-document.js';
import type {
  JsonValue,
  StateComparison,
  StatePlan,
  StateReader,
  StateStep,
} from '../state/state-adapter.js';
import { USERS, type UserDocument } from './account-documents.js';
import {
  APPARMOR,
  CAPABILITIES,
  type CapabilitiesDocument,
  OWNED,
  type ProfileDocument,
  SYSTEM,
  type SystemDocument,
} from './capture-security.js';
import { nameOfDocument } from './document-name.js';
import { describeOwned, type OwnedByUser } from './owned-by-users.js';
import { type CacheName, objectOf, type SecurityAction } from './security-action.js';
import { NAME_FILES, PROFILES } from './security-files.js';

type Unrestorable = StatePlan['unrestorable'][number];

export async function compareSecurity(comparison: StateComparison): Promise<StatePlan> {
  const { from, to } = comparison;
  const systems = {
    from: await readDocument<SystemDocument>(from, SYSTEM),
    to: await readDocument<SystemDocument>(to, SYSTEM),
  };
  const capabilities = await compareCapabilities(comparison, systems.from?.gone ?? []);
  const profiles = await compareProfiles(comparison, systems);
  return {
    steps: [
      ...capabilities.steps,
      ...profiles.steps,
      ...cacheSteps(comparison.files, systems.from?.caches ?? []),
    ],
    unrestorable: [
      ...(await findLeftBehind(comparison)),
      ...capabilities.unrestorable,
      ...profiles.unrestorable,
    ],
  };
}

async function compareCapabilities(comparison: StateComparison, gone: readonly string[]): Promise<StatePlan> {
  const steps: StateStep[] = [];
  const unrestorable: Unrestorable[] = [];
  const from = await readDocument<CapabilitiesDocument>(comparison.from, CAPABILITIES);
  const to = await readDocument<CapabilitiesDocument>(comparison.to, CAPABILITIES);
  // What was not looked for in one of the states is not known to differ.
  if (from === undefined || to === undefined) return { steps, unrestorable };
  const isSearched = (path: string) =>
    [from, to].every(({ searched }) => searched.some((each) => isInside(path, each)));
  const comesBack = comparison.dependencies.length > 0;
  for (const path of [...new Set([...Object.keys(from.files), ...Object.keys(to.files)])].sort()) {
    const [is, was] = [from.files[path], to.files[path]];
    if (is?.value === was?.value || !isSearched(path)) continue;
    const isGone = gone.includes(path);
    if (was !== undefined && isGone && !comesBack) {
      const text = `can't be given ${was.text} again: the file is not there. Install again what it belongs to`;
      unrestorable.push({ object: `capabilities of ${path}`, text });
      continue;
    }
    const text =
      was === undefined
        ? `take ${is?.text} from ${path}`
        : `give ${was.text} to ${path}${is === undefined ? '' : `, in place of ${is.text}`}`;
    steps.push(
      step(was === undefined ? 'remove' : 'set', text, {
        ...{ kind: 'capability', path, value: was?.value ?? null },
        ...(isGone ? { ifThere: true } : {}),
      }),
    );
  }
  return { steps, unrestorable };
}

interface Systems {
  readonly from: SystemDocument | undefined;
  readonly to: SystemDocument | undefined;
}

async function compareProfiles(comparison: StateComparison, systems: Systems): Promise<StatePlan> {
  const steps: StateStep[] = [];
  const unrestorable: Unrestorable[] = [];
  // Where a state is of a kernel without AppArmor, it does not say that there should be no profiles.
  if (systems.to?.apparmor !== true) return { steps, unrestorable };
  const [are, were] = [await readProfiles(comparison.from), await readProfiles(comparison.to)];
  const touched = comparison.files.some((path) => isInside(path, PROFILES));
  for (const name of [...new Set([...are.keys(), ...were.keys()])].sort()) {
    const [is, was] = [are.get(name), were.get(name)];
    const again = touched && is !== undefined && was !== undefined;
    if (is?.mode === was?.mode && !again) continue;
    const action: SecurityAction = {
      kind: 'profile',
      ...{ name, mode: was?.mode ?? null, file: was?.file ?? null },
      ...(again ? { again } : {}),
    };
    if (systems.from?.apparmor !== true) {
      const text = `can't be loaded: AppArmor is not enabled in the kernel that runs. Start one that has it`;
      unrestorable.push({ object: objectOf(action), text });
    } else if (was === undefined)
      steps.push(step('unload', `unload the profile ${name} (${is?.mode})`, action));
    else steps.push(step('load', `load the profile ${name} (${was.mode}) from ${was.file}`, action));
  }
  return { steps, unrestorable };
}

async function readProfiles(reader: StateReader): Promise<Map<string, ProfileDocument>> {
  const profiles = new Map<string, ProfileDocument>();
  for (const path of await reader.list(APPARMOR)) {
    const document = await readDocument<ProfileDocument>(reader, path);
    if (document !== undefined) profiles.set(nameOfDocument(path), document);
  }
  return profiles;
}

function cacheSteps(files: readonly string[], caches: readonly string[]): StateStep[] {
  if (!files.some((path) => NAME_FILES.includes(path))) return [];
  return caches.map((cache) =>
    step('invalidate', `let ${cache} forget what it knows of users and groups`, {
      kind: 'cache',
      cache: cache as CacheName,
    }),
  );
}

/** Users that go, or get another number, and leave something behind. */
async function findLeftBehind({ from, to, changed }: StateComparison): Promise<Unrestorable[]> {
  const users = changed.filter((path) => path.startsWith(`${USERS}/`));
  const heirs = new Map<number, string>();
  const leaving: { name: string; userId: number; becomes: number | undefined }[] = [];
  for (const path of users) {
    const name = nameOfDocument(path);
    const is = await readDocument<UserDocument>(from, path);
    const was = await readDocument<UserDocument>(to, path);
    if (was !== undefined && was.uid !== is?.uid) heirs.set(was.uid, name);
    if (is !== undefined && is.uid !== was?.uid) leaving.push({ name, userId: is.uid, becomes: was?.uid });
  }
  const left: Unrestorable[] = [];
  for (const { name, userId, becomes } of leaving) {
    const path = users.find((each) => nameOfDocument(each) === name)?.slice(USERS.length);
    const owned = await readDocument<OwnedByUser>(from, `${OWNED}${path}`);
    if (owned === undefined) continue;
    const change = becomes === undefined ? 'will be no user any more' : `will have the number ${becomes}`;
    const heir = heirs.get(userId);
    const heritage =
      heir === undefined ? `the number ${userId}` : `${heir}, who will have the number ${userId}`;
    const text = `${change}; left to ${heritage}: ${describeOwned(owned).join('; ')}. End the processes, and move or give away the files (chown), before or after`;
    left.push({ object: `user ${name}`, text });
  }
  return left;
}

function step(verb: string, text: string, action: SecurityAction): StateStep {
  return { object: objectOf(action), do: verb, text, data: action as unknown as JsonValue };
}
