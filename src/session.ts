// An open store, and where it is. All operations take a session; nothing is global.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Backend } from '../store/backend.js';
import { isSavepointError, SavepointError } from '../store/errors.js';
import type { ObjectFormat, ObjectId } from '../store/object-id.js';
import { initStore, openStore, type Store, type StoreEnvironment } from '../store/store.js';
import { createEnvironment, createPlatform, type StateAdapter } from './composition.js';
import { SharedReader } from './shared-reader.js';
import { type StateAdapters, stateAdapters } from './state/state-adapters.js';

export const DEFAULT_LOCATION = '/var/lib/savepoint';
export const NEARBY_NAME = '.savepoint';

export interface Session {
  readonly store: Store;
  /** The store's directory. */
  readonly location: string;
  /** Whether opening the session made the store. */
  readonly created: boolean;
  /** Whether work may be shared out to threads, which are started from files of this program. */
  readonly threads: boolean;
  /** Whether other threads and processes find the store by its location. */
  readonly isLocated: boolean;
  readonly adapters: StateAdapters;
  /** Contents of documents as the live state has them, of changes that were told of. */
  readonly liveDocuments: Map<ObjectId, Uint8Array>;
  /** For contents that are read one by one. */
  readonly contents: SharedReader;
  /** Has what is held open be let go of by `letGo`: when the function that is returned is called, or the session is closed. */
  hold(letGo: () => void): () => void;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** The store's directory; see `findStoreLocation` for what is taken where this is missing. */
  readonly store?: string;
  /**
   * Where the store's files are kept in place of a directory. All work is done in this thread then, and `store` names a directory
   * for what is only of this host, such as what a rollback prepares; without it that is a temporary one, removed when the
   * store is closed. What other processes have to find the store for throws UNSUPPORTED: guarding changes, and mounts that
   * are served from elsewhere. Closing the store closes the backend.
   */
  readonly backend?: Backend;
  /** Make the store where there is none. */
  readonly create?: boolean;
  /** Do all work in this thread, and so without files of this program that are not loaded yet. */
  readonly inThread?: boolean;
  /** State adapters for kinds of components that this version has none for, or in place of its own. */
  readonly adapters?: readonly StateAdapter[];
  /** The configuration whose modules are asked for other state adapters; else the one that `readConfiguration` finds. */
  readonly config?: string;
}

/**
 * Opens a store. Throws STORE_NOT_FOUND (unless `create`), STORE_NEWER, STORE_CORRUPT, STORE_READ_ONLY where it had to
 * be made and can't.
 */
export async function openSession(options: OpenOptions = {}): Promise<Session> {
  const { backend } = options;
  const location = backend === undefined ? findStoreLocation(options.store) : workDirectory(options.store);
  const place = {
    location,
    threads: options.inThread !== true && backend === undefined,
    isLocated: backend === undefined,
    adapters: stateAdapters(options.adapters, () => findModules(options.config)),
  };
  try {
    const environment =
      backend === undefined
        ? await createEnvironment({ location, readOnly: false })
        : { backend, platform: await createPlatform() };
    return await openOrInit(environment, { place, create: options.create === true });
  } catch (error) {
    dropWorkDirectory(location);
    throw error;
  }
}

type SessionPlace = Pick<Session, 'location' | 'threads' | 'isLocated' | 'adapters'>;

async function openOrInit(
  environment: StoreEnvironment,
  { place, create }: { readonly place: SessionPlace; readonly create: boolean },
): Promise<Session> {
  try {
    return sessionOf(await openStore(environment), { ...place, created: false });
  } catch (error) {
    if (!create || !isSavepointError(error, 'STORE_NOT_FOUND')) throw error;
  }
  try {
    return sessionOf(await initStore(environment), { ...place, created: true });
  } catch (error) {
    // Another process was faster.
    if (!isSavepointError(error, 'STORE_EXISTS')) throw error;
    return sessionOf(await openStore(environment), { ...place, created: false });
  }
}

async function findModules(config: string | undefined): Promise<readonly string[]> {
  const { readConfiguration } = await import('./configuration/read-configuration.js');
  return readConfiguration(config)?.adapters ?? [];
}

/** Makes a store. Throws STORE_EXISTS where there is one. */
export async function createSession(location: string, objectFormat: ObjectFormat): Promise<Session> {
  if (location === '') throw emptyLocation();
  const absolute = resolve(location);
  const environment = await createEnvironment({ location: absolute, readOnly: false });
  return sessionOf(await initStore(environment, objectFormat), {
    ...{ location: absolute, created: true, threads: true, isLocated: true },
    adapters: stateAdapters(),
  });
}

/** `store`, else $SAVEPOINT_STORE, else the nearest `.savepoint` upwards, else /var/lib/savepoint. */
export function findStoreLocation(store?: string): string {
  if (store === '') throw emptyLocation();
  const named = store ?? process.env['SAVEPOINT_STORE'];
  if (named !== undefined && named !== '') return resolve(named);
  for (let directory = process.cwd(); ; directory = dirname(directory)) {
    const nearby = join(directory, NEARBY_NAME);
    if (existsSync(join(nearby, 'store.json'))) return nearby;
    if (directory === dirname(directory)) return DEFAULT_LOCATION;
  }
}

function sessionOf(store: Store, place: SessionPlace & Pick<Session, 'created'>): Session {
  const held = new Set<() => void>();
  return {
    ...{ store, ...place, liveDocuments: new Map(), contents: new SharedReader(store) },
    hold(letGo) {
      const end = () => {
        if (held.delete(end)) letGo();
      };
      held.add(end);
      return end;
    },
    close: async () => {
      for (const end of [...held]) end();
      await store.backend.close();
      dropWorkDirectory(place.location);
    },
  };
}

/** Throws UNSUPPORTED where other processes can't find the store, which `what` needs. */
export function requireLocated({ isLocated, store }: Session, what: string): void {
  if (isLocated) return;
  const { location } = store.backend;
  throw new SavepointError(
    'UNSUPPORTED',
    `${what} needs a store in a directory, which other processes can open; this one is in ${location}.`,
    { fields: { location } },
  );
}

const temporary = new Set<string>();

function workDirectory(named: string | undefined): string {
  if (named === '') throw emptyLocation();
  if (named !== undefined) return resolve(named);
  const directory = mkdtempSync(join(tmpdir(), 'savepoint-store-'));
  temporary.add(directory);
  return directory;
}

function dropWorkDirectory(location: string): void {
  if (temporary.delete(location)) rmSync(location, { recursive: true, force: true });
}

function emptyLocation(): SavepointError {
  return new SavepointError('USAGE', "The store's directory has an empty name; name one, or leave it out.");
}
