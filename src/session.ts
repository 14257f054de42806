// An open store, and where it is. All operations take a session; nothing is global.
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isSavepointError, SavepointError } from '../store/errors.js';
import type { ObjectFormat, ObjectId } from '../store/object-id.js';
import { initStore, openStore, type Store } from '../store/store.js';
import { createEnvironment, type StateAdapter } from './composition.js';
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
  const location = findStoreLocation(options.store);
  const place = {
    location,
    threads: options.inThread !== true,
    adapters: stateAdapters(options.adapters, () => findModules(options.config)),
  };
  const environment = await createEnvironment({ location, readOnly: false });
  try {
    return sessionOf(await openStore(environment), { ...place, created: false });
  } catch (error) {
    if (options.create !== true || !isSavepointError(error, 'STORE_NOT_FOUND')) throw error;
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
    ...{ location: absolute, created: true, threads: true, adapters: stateAdapters() },
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

function sessionOf(
  store: Store,
  place: Pick<Session, 'location' | 'created' | 'threads' | 'adapters'>,
): Session {
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
    },
  };
}

function emptyLocation(): SavepointError {
  return new SavepointError('USAGE', "The store's directory has an empty name; name one, or leave it out.");
}
