// A bare git repository on disk that points are exported into. It is one from the instant on that it has a HEAD, which is written
// last. What is ours in it, and git's for nobody, stands in `savepoint/`.
import { readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import type { ObjectFormat, ObjectId } from '../../store/object-id.js';
import { DurableFolder } from '../backends/durable-write.js';
import { saysAbsent, systemCode, toStorageError } from '../backends/storage-error.js';
import { findStatus, readFolder, readStoredFile } from '../backends/stored-file.js';
import { isAbandoned } from '../backends/temporary-name.js';
import { readLooseRefs, readPackedRefs, readText } from './packed-refs.js';
import { PresentObjects } from './present-objects.js';
import { removeAbandonedLock } from './refs-lock.js';

const OWN_FOLDER = 'savepoint';
const UNFINISHED = `${OWN_FOLDER}/unfinished`;
const FOLDERS = ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags'];
/** What a directory may hold in which an export was interrupted before it was a repository. */
const BEGUN = new Set([OWN_FOLDER, 'objects', 'refs', 'config']);

export interface BareRepository {
  /** Absolute. */
  readonly directory: string;
  readonly format: ObjectFormat;
  /** Whether opening it has made it. */
  readonly created: boolean;
  readonly packDirectory: string;
  /** For all that is written into it. */
  readonly folder: DurableFolder;
}

/**
 * The repository in `directory`, which is made where there is nothing. Throws TARGET_CONFLICT where something else is there, or
 * a repository of another object format; UNSUPPORTED where it keeps its refs in another way than files.
 */
export async function openBareRepository(
  directory: string,
  wanted: { readonly format: ObjectFormat; readonly isDemanded: boolean },
): Promise<BareRepository> {
  const path = resolve(directory);
  return attempt(path, async () => {
    const place = { directory: path, packDirectory: join(path, 'objects/pack') };
    const folder = new DurableFolder(path, join(path, UNFINISHED));
    const isThere = isRepository(path);
    removeAbandoned(path);
    removeAbandonedLock(path);
    if (!isThere) {
      await create(path, folder, wanted.format);
      return { ...place, folder, format: wanted.format, created: true };
    }
    const format = readFormat(path);
    if (wanted.isDemanded && wanted.format !== format) throw otherFormat(path, format);
    await folder.settle(place.packDirectory);
    return { ...place, folder, format, created: false };
  });
}

/** What its refs lead to; those that are only names of others have no id. */
export function readRefs({ directory }: BareRepository): Map<string, ObjectId | undefined> {
  const refs = new Map<string, ObjectId | undefined>();
  for (const [name, { id }] of readPackedRefs(directory)) refs.set(name, id);
  for (const [name, id] of readLooseRefs(directory)) refs.set(name, id);
  return refs;
}

export function readPresentObjects({ packDirectory, format }: BareRepository): PresentObjects {
  return PresentObjects.read(packDirectory, format);
}

/** A file of our own in the repository; `undefined` where there is none. */
export function readOwnFile({ directory }: BareRepository, name: string): Uint8Array | undefined {
  return readStoredFile(join(directory, OWN_FOLDER, name));
}

/** Replaces a file of our own, durably. */
export async function writeOwnFile(
  { directory, folder }: BareRepository,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  await attempt(directory, async () => {
    const file = await folder.begin();
    file.write(bytes);
    await file.replace(join(directory, OWN_FOLDER, name));
  });
}

/** Says of failures of the file system what they mean. */
export async function attempt<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toStorageError(error, { doing: 'written', path: directory, location: directory });
  }
}

function isRepository(path: string): boolean {
  const names = listNames(path);
  if (['HEAD', 'objects', 'refs'].every((name) => names.includes(name))) return true;
  if (names.includes('.git')) {
    const inside = join(path, '.git');
    throw conflict(path, `is a working tree; name its repository, ${inside}, or another directory`);
  }
  const isBegun = names.includes(OWN_FOLDER) && names.every((name) => BEGUN.has(name));
  if (names.length > 0 && !isBegun)
    throw conflict(
      path,
      'holds something that is no bare git repository; name an empty directory, or one to be made',
    );
  return false;
}

function listNames(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (systemCode(error) === 'ENOTDIR') throw conflict(path, 'is no directory; name another one');
    if (saysAbsent(error)) return [];
    throw error;
  }
}

async function create(path: string, folder: DurableFolder, format: ObjectFormat): Promise<void> {
  await folder.settle(folder.temporaryFolder);
  for (const name of FOLDERS) await folder.settle(join(path, name));
  const extension = format === 'sha1' ? '' : `[extensions]\n\tobjectformat = ${format}\n`;
  const version = format === 'sha1' ? 0 : 1;
  const config = `[core]\n\trepositoryformatversion = ${version}\n\tfilemode = true\n\tbare = true\n${extension}`;
  await writeText(folder, join(path, 'config'), config);
  await writeText(folder, join(path, 'HEAD'), 'ref: refs/heads/points\n');
}

async function writeText(folder: DurableFolder, path: string, text: string): Promise<void> {
  const file = await folder.begin();
  file.write(new TextEncoder().encode(text));
  await file.replace(path);
}

function readFormat(path: string): ObjectFormat {
  const extensions = new Map<string, string>();
  let section = '';
  for (const line of readText(join(path, 'config'))?.split('\n') ?? []) {
    section = /^\s*\[([^\]]*)\]/.exec(line)?.[1].toLowerCase() ?? section;
    const setting = /^\s*(?:\[[^\]]*\]\s*)?(\w+)\s*=\s*"?(\w+)"?\s*(?:[#;].*)?$/.exec(line);
    if (section === 'extensions' && setting !== null)
      extensions.set(setting[1].toLowerCase(), setting[2].toLowerCase());
  }
  const refStorage = extensions.get('refstorage') ?? 'files';
  if (refStorage !== 'files')
    throw new SavepointError(
      'UNSUPPORTED',
      `The repository ${path} keeps its refs as '${refStorage}', and only files can be written; export into another directory.`,
      { fields: { path, refStorage } },
    );
  return extensions.get('objectformat') === 'sha256' ? 'sha256' : 'sha1';
}

function removeAbandoned(path: string): void {
  for (const { name } of readFolder(join(path, UNFINISHED))) {
    const unfinished = join(path, UNFINISHED, name);
    const changedAtMs = findStatus(unfinished, 'any')?.mtimeMs;
    if (changedAtMs !== undefined && isAbandoned(name, changedAtMs))
      rmSync(unfinished, { recursive: true, force: true });
  }
}

function otherFormat(path: string, found: ObjectFormat): SavepointError {
  return conflict(
    path,
    `is a repository of the object format ${found}; leave '--object-format' out, or name another directory`,
  );
}

function conflict(path: string, why: string): SavepointError {
  return new SavepointError('TARGET_CONFLICT', `${path} ${why}. Nothing was exported.`, { fields: { path } });
}
