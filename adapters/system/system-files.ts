// Files of the operating system that this program puts there: units, settings, links. All of a change is made or none, each
// file is whole and durable under its name, and what somebody else has put under a name meanwhile is not overwritten.
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import { syncFolder, type UnfinishedFile } from '../backends/durable-write.js';
import { systemCode } from '../backends/storage-error.js';
import { isAbandoned } from '../backends/temporary-name.js';
import { removeEmptyDirectories } from '../node/make-directories.js';
import { errnoOf, posixError } from '../node/posix-error.js';
import { MadeFiles, type NewFile, type NewLink, STAGING } from './made-files.js';

/** What stands under a name. */
export type FoundFile =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'file'; readonly bytes: Buffer }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'other' };

/**
 * Makes links and files with the directories that they need; where something fails, what was made is taken back. Throws
 * TARGET_CONFLICT where a name was taken meanwhile, PERMISSION_DENIED, STORAGE_FULL, STORAGE_FAILED.
 */
export async function writeSystemFiles(change: {
  readonly links: readonly NewLink[];
  readonly files: readonly NewFile[];
}): Promise<void> {
  const made = new MadeFiles();
  const staged: { readonly file: NewFile; readonly unfinished: UnfinishedFile }[] = [];
  try {
    for (const file of change.files) staged.push({ file, unfinished: await made.stage(file) });
    for (const link of change.links) await made.link(link);
    for (const { file, unfinished } of staged) {
      if (file.replaces !== undefined) checkUnchanged(file.path, file.replaces);
      if (!(await made.publish(file, unfinished))) throw takenMeanwhile(file.path);
    }
  } catch (error) {
    for (const { unfinished } of staged) unfinished.discard();
    throw describeFailure(toSystemError(error), await made.takeBack());
  }
  made.removeStaging();
}

/** Removes files and links, as far as they are there; that is durable then. */
export async function removeSystemFiles(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    try {
      unlinkSync(path);
      await syncFolder(dirname(path));
    } catch (error) {
      if (!saysNothingThere(error)) throw toSystemError(error);
    }
  }
}

export function findSystemFile(path: string): FoundFile {
  try {
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) return { kind: 'link', target: readlinkSync(path) };
    return stat.isFile() ? { kind: 'file', bytes: readFileSync(path) } : { kind: 'other' };
  } catch (error) {
    if (saysNothingThere(error)) return { kind: 'nothing' };
    throw toSystemError(error);
  }
}

/** Removes what dead processes left unfinished in `directories`. */
export function removeAbandonedFiles(directories: Iterable<string>): void {
  for (const directory of directories) {
    const staging = join(directory, STAGING);
    try {
      for (const name of readdirSync(staging)) {
        const path = join(staging, name);
        if (isAbandoned(name, lstatSync(path).mtimeMs)) rmSync(path, { force: true });
      }
      removeEmptyDirectories([staging]);
    } catch (error) {
      if (!saysNothingThere(error)) throw toSystemError(error);
    }
  }
}

/** A failure of the system as a coded one; any other as it is. */
export function toSystemError(error: unknown): unknown {
  if (systemCode(error) === undefined) return error;
  const { path = '', syscall = 'a call' } = error as NodeJS.ErrnoException;
  return posixError({ syscall, errno: errnoOf(error), path });
}

function saysNothingThere(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '');
}

function checkUnchanged(path: string, expected: Uint8Array): void {
  const found = findSystemFile(path);
  if (found.kind !== 'file' || !found.bytes.equals(expected)) throw takenMeanwhile(path);
}

function takenMeanwhile(path: string): SavepointError {
  return new SavepointError(
    'TARGET_CONFLICT',
    `${path} was made or changed by somebody else meanwhile; nothing was changed. Repeat the command.`,
    { fields: { path } },
  );
}

/** What failed, and whether something is left of the change. */
function describeFailure(error: unknown, left: readonly unknown[]): unknown {
  if (!(error instanceof SavepointError) || left.length === 0) return error;
  const reasons = left
    .map((reason) => (reason instanceof Error ? reason.message : String(reason)))
    .join('; ');
  return new SavepointError(
    error.code,
    `${error.message} What was written before that could not all be taken back (${reasons}): repeat the command, or run 'savepoint uninstall'.`,
    { fields: error.fields, cause: error },
  );
}
