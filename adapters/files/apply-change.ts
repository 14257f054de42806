// Carries out a change that is decided, step by step, from its record alone. Each step first looks whether it is done, so
// a change that was cut short at any instant is carried out again from the beginning. Nothing is deleted: what is
// replaced or removed goes to the staging directory, and names that the record does not have stay as they are.
import { isSavepointError, SavepointError } from '../../store/errors.js';
import { createBreather } from '../node/breathe.js';
import { closeDescriptor, openDirectory } from '../node/posix-directory.js';
import { makeLink, removeDirectory, removeFile, renameEntry } from '../node/posix-entry.js';
import { ERRNO, isPosixError, posixError } from '../node/posix-error.js';
import { setTimes } from '../node/posix-ownership.js';
import type { Place, Target } from '../node/posix-place.js';
import { readStatus } from '../node/posix-status.js';
import { syncFileSystem } from '../node/posix-storage.js';
import { attributeProblem } from './attribute-problem.js';
import { type ChangeStep, identityAt, inodeAt, type PreparedChange, sameIdentity } from './change-record.js';
import { openMountRoot } from './mount-root.js';
import { OpenFolders } from './open-folders.js';
import type { RestoreProblem } from './restore-step.js';
import { fileType, STATUS_WORDS, WORD } from './status-words.js';
import { takeFreeName, takeOverName } from './take-name.js';
import { applyAttributes } from './write-file.js';

export interface ChangeOutcome {
  /** Steps that could not be done, and attributes that could not be given. Paths are relative to the mount. */
  readonly problems: readonly RestoreProblem[];
  /** What somebody else had put in the place of a file after the change was decided: it is kept in the staging directory. */
  readonly displaced: readonly { readonly path: string; readonly keptAs: string }[];
  /** Directories that were to go and hold files that the change does not know: they stay. */
  readonly kept: readonly string[];
}

const BREATH_MS = 50;

/**
 * Carries out `change` below `root`, and syncs. A step that fails is reported, and the others are done. `onStep` hears the
 * path of each step that is done, relative to the mount.
 */
export async function applyChange(
  root: string,
  change: PreparedChange,
  onStep?: (path: string) => void,
): Promise<ChangeOutcome> {
  const descriptor = openMountRoot(root, change.mount);
  let staging: number | undefined;
  let run: ChangeRun | undefined;
  try {
    staging = openDirectory({ directory: descriptor, name: change.staging });
    run = new ChangeRun(descriptor, staging);
    const breathe = createBreather(BREATH_MS);
    for (const step of change.steps) {
      run.carryOut(step);
      onStep?.(step.path);
      await breathe();
    }
    syncFileSystem(descriptor);
    return run;
  } finally {
    run?.close();
    if (staging !== undefined) closeDescriptor(staging);
    closeDescriptor(descriptor);
  }
}

class ChangeRun implements ChangeOutcome {
  readonly problems: RestoreProblem[] = [];
  readonly displaced: { path: string; keptAs: string }[] = [];
  readonly kept: string[] = [];
  private readonly folders: OpenFolders;
  private readonly stagedFolders: OpenFolders;
  private readonly words = new Int32Array(STATUS_WORDS);

  constructor(
    private readonly root: number,
    private readonly staging: number,
  ) {
    this.folders = new OpenFolders(root);
    this.stagedFolders = new OpenFolders(staging);
  }

  close(): void {
    this.folders.close();
    this.stagedFolders.close();
  }

  carryOut(step: ChangeStep): void {
    try {
      if (step.do === 'put') this.put(step);
      else if (step.do === 'remove') this.remove(step);
      else if (step.do === 'link') this.link(step);
      else this.finish(step);
    } catch (error) {
      if (!isSavepointError(error)) throw error;
      const code = typeof error.fields['errno'] === 'string' ? error.fields['errno'] : error.code;
      this.problems.push({ path: step.path, code, message: error.message });
    }
  }

  private put(step: Extract<ChangeStep, { do: 'put' }>): void {
    const to = this.folders.placeOf(step.path);
    if (this.inodeOf(to) === step.inode) return;
    const from = { directory: this.staging, name: step.staged };
    if (this.inodeOf(from) !== step.inode) throw lostStep(step.path);
    if (!this.look(to)) {
      takeFreeName({ from, to });
      return;
    }
    if (fileType(this.words[WORD.mode]) === 'directory') {
      // What is still in it, the record does not know: it must not go with the directory.
      this.folders.close();
      const place = this.folders.placeOf(step.path);
      removeDirectory(place);
      takeFreeName({ from, to: place });
      return;
    }
    const isExpected = sameIdentity(identityAt(this.words, 0), step.before);
    const kept = takeOverName({ from, to }, asideOf(from));
    if (!isExpected) this.displaced.push({ path: step.path, keptAs: kept.name });
  }

  private remove(step: Extract<ChangeStep, { do: 'remove' }>): void {
    const place = this.findPlace(step.path);
    if (place === undefined || !this.look(place)) return;
    const isDirectory = fileType(this.words[WORD.mode]) === 'directory';
    if (isDirectory !== step.isDirectory) {
      // A directory that is gone makes room for a file, which may stand there already.
      if (isDirectory) this.kept.push(step.path);
      return;
    }
    if (isDirectory) {
      this.removeFolder(step.path);
      return;
    }
    const isExpected = sameIdentity(identityAt(this.words, 0), step.before);
    renameEntry({ from: place, to: { directory: this.staging, name: step.trash } });
    if (!isExpected) this.displaced.push({ path: step.path, keptAs: step.trash });
  }

  private removeFolder(path: string): void {
    // It may itself be among those that are open.
    this.folders.close();
    try {
      removeDirectory(this.folders.placeOf(path));
    } catch (error) {
      if (!isPosixError(error, 'ENOTEMPTY', 'EEXIST', 'EBUSY')) throw error;
      this.kept.push(path);
    }
  }

  private link(step: Extract<ChangeStep, { do: 'link' }>): void {
    const first = this.folders.placeOf(step.to);
    const inode = this.inodeOf(first);
    if (inode === undefined) throw lostStep(step.to);
    if (this.inodeOf(this.folders.placeOf(step.path)) === inode) return;
    const staged = { directory: this.staging, name: step.staged };
    if (this.look(staged) && inodeAt(this.words, 0) !== inode) removeFile(staged);
    if (!this.look(staged)) makeLink({ from: this.folders.placeOf(step.to), to: staged });
    const to = this.folders.placeOf(step.path);
    if (this.look(to)) takeOverName({ from: staged, to }, asideOf(staged));
    else takeFreeName({ from: staged, to });
  }

  private finish(step: Extract<ChangeStep, { do: 'attributes' | 'time' }>): void {
    const target: Target = step.path === '' ? this.root : this.folders.placeOf(step.path);
    if (step.do === 'time') {
      if (typeof target === 'number' || this.look(target)) setTimes(target, step.modified);
      return;
    }
    const failed = applyAttributes(target, step.attributes, { isNew: false });
    if (failed.length > 0) this.problems.push(attributeProblem(step.path, failed));
  }

  /** `undefined` where the directory is gone that it would be in. */
  private findPlace(path: string): Place | undefined {
    try {
      return this.folders.placeOf(path);
    } catch (error) {
      if (isPosixError(error, 'ENOENT', 'ENOTDIR')) return undefined;
      throw error;
    }
  }

  /** The inode of what is at `place`; `undefined` where nothing is. */
  private inodeOf(place: Place): string | undefined {
    return this.look(place) ? inodeAt(this.words, 0) : undefined;
  }

  /** Whether there is something at `place`; its status is in `words` then. */
  private look(place: Place): boolean {
    const errno = readStatus(place, this.words, 0);
    if (errno !== 0 && errno !== ERRNO.ENOENT)
      throw posixError({ syscall: 'statx', errno, path: place.name });
    return errno === 0;
  }
}

/** Somebody else has been at work in the middle of a change. */
function lostStep(path: string): SavepointError {
  return new SavepointError(
    'STEP_CONFLICT',
    `${path} was replaced by somebody else while it was restored; their version was left alone.`,
    { fields: { path } },
  );
}

/** Where what was there is kept if the file system can't exchange two names. */
function asideOf({ directory, name }: Place): Place {
  return { directory, name: `${name}-before` };
}
