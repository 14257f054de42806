// The documents of a component of security: users, groups, capabilities and profiles as they can be put back; who is logged in,
// who owns what and the like as it is observed. Root is needed to read them rightly.
import { isSavepointError, SavepointError } from '../../store/errors.js';
import { encodeDocument, readDocument } from '../state/json-document.js';
import type { CaptureContext, JsonValue, StateDocument, StateReader } from '../state/state-adapter.js';
import { accountDocuments } from './account-documents.js';
import { ACCOUNT_FILES, type Accounts, parseAccounts } from './account-files.js';
import { findProfileFiles, readLoadedProfiles } from './apparmor-profiles.js';
import { documentName } from './document-name.js';
import { type FoundCapabilities, findCapabilities, isFileThere } from './file-capabilities.js';
import { type HostFiles, LIVE_FILES } from './host-files.js';
import { countFailedLogins, readLogins } from './login-records.js';
import { findOwned } from './owned-by-users.js';
import { listProcesses, type RunningProcess } from './running-processes.js';
import { CACHES } from './security-action.js';
import { readSettings } from './security-settings.js';

export const CAPABILITIES = 'state/capabilities.json';
export const APPARMOR = 'state/apparmor';
export const SYSTEM = 'observed/system.json';
export const OWNED = 'observed/owned';
const OTHER_CAPABILITIES = 'observed/capabilities.json';

/** What is put back of the capabilities. */
export type CapabilitiesDocument = Pick<FoundCapabilities, 'searched' | 'files'>;

export interface ProfileDocument {
  readonly mode: string;
  readonly file: string;
}

/** What there is on the host that decides what can be done. */
export interface SystemDocument {
  readonly apparmor: boolean;
  /** Which caches of users and groups run. */
  readonly caches: readonly string[];
  /** Files that have had capabilities and are not there. */
  readonly gone: readonly string[];
}

export async function* captureSecurity(context: CaptureContext): AsyncIterable<StateDocument> {
  const settings = readSettings(context.settings);
  const accounts = await readAccounts(LIVE_FILES);
  yield* accountDocuments(accounts);
  const previous = await context.previous();
  const capabilities = readCapabilities(context, settings.capabilities);
  if (capabilities !== undefined) {
    const { searched, files, ofOthers } = capabilities;
    yield jsonDocument(CAPABILITIES, { searched, files } as unknown as JsonValue);
    if (Object.keys(ofOthers).length > 0)
      yield jsonDocument(OTHER_CAPABILITIES, ofOthers as unknown as JsonValue);
  }
  const loaded = readLoadedProfiles();
  yield* profileDocuments(loaded ?? []);
  const processes = listProcesses();
  yield jsonDocument(SYSTEM, {
    apparmor: loaded !== undefined,
    caches: runningCaches(processes),
    gone: await findGone(previous),
  });
  yield* observedDocuments(accounts, processes);
}

/** The accounts. Throws STATE_UNREADABLE where there are none, or passwords can't be read. */
export async function readAccounts(files: HostFiles): Promise<Accounts> {
  const paths = Object.values(ACCOUNT_FILES);
  const contents = await files.read(paths);
  const there = await files.status(paths);
  const unread = paths.find((path) => there.has(path) && !contents.has(path));
  const missing = unread ?? (contents.has(ACCOUNT_FILES.passwd) ? undefined : ACCOUNT_FILES.passwd);
  if (missing === undefined) return parseAccounts(contents);
  throw new SavepointError('STATE_UNREADABLE', `${missing} can't be read: repeat as root.`, {
    fields: { path: missing },
  });
}

/** Of CACHES, those that run. */
export function runningCaches(processes: readonly RunningProcess[]): string[] {
  return CACHES.filter((cache) => processes.some(({ name }) => name === cache));
}

function readCapabilities(context: CaptureContext, paths: readonly string[]): FoundCapabilities | undefined {
  const { signal } = context;
  try {
    return findCapabilities({
      ...{ paths, report: (problem) => context.report(problem) },
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (!isSavepointError(error, 'UNSUPPORTED')) throw error;
    context.report({ object: 'capabilities of files', code: error.code, message: error.message });
    return undefined;
  }
}

function* profileDocuments(loaded: readonly { name: string; mode: string }[]): Iterable<StateDocument> {
  if (loaded.length === 0) return;
  const files = findProfileFiles();
  for (const { name, mode } of loaded) {
    const file = files.get(name);
    if (file !== undefined) yield jsonDocument(`${APPARMOR}/${documentName(name)}.json`, { mode, file });
  }
}

/** Files that had capabilities in the last point, or were gone then, and are not there now. */
async function findGone(previous: StateReader | undefined): Promise<string[]> {
  if (previous === undefined) return [];
  const capabilities = await readDocument<CapabilitiesDocument>(previous, CAPABILITIES);
  const system = await readDocument<SystemDocument>(previous, SYSTEM);
  const known = new Set([...Object.keys(capabilities?.files ?? {}), ...(system?.gone ?? [])]);
  return [...known].filter((path) => !isFileThere(path)).sort();
}

function* observedDocuments(
  accounts: Accounts,
  processes: readonly RunningProcess[],
): Iterable<StateDocument> {
  const changed = (accounts.shadows ?? []).flatMap(({ name, changedDay }) =>
    changedDay === undefined ? [] : [[name, dateOf(changedDay)]],
  );
  yield jsonDocument('observed/password-changes.json', Object.fromEntries(changed));
  for (const [name, owned] of findOwned(accounts.users, processes))
    yield jsonDocument(`${OWNED}/${documentName(name)}.json`, owned as unknown as JsonValue);
  const logins = readLogins();
  if (logins !== undefined) yield jsonDocument('observed/logins.json', logins as unknown as JsonValue);
  const failed = countFailedLogins();
  if (failed !== undefined) yield jsonDocument('observed/failed-logins.json', { count: failed });
}

/** In ISO 8601; a number that is no day stays one. */
function dateOf(day: number): string {
  return day < 2_932_896 ? new Date(day * 86_400_000).toISOString().slice(0, 10) : String(day);
}

function jsonDocument(path: string, value: JsonValue): StateDocument {
  return { path, content: encodeDocument(value) };
}
