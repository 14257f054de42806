// The last look before a change is decided: what is staged gets its inode into the record, what stands at each target
// its identity; and whatever somebody else has changed since the change was planned is a conflict.
import { encodeName } from '../../store/names.js';
import type { ObjectFormat, ObjectId } from '../../store/object-id.js';
import { createObjectHasher, hashObject } from '../../store/objects/object-header.js';
import type { Platform } from '../../store/platform.js';
import { closeDescriptor, openDirectory } from '../node/posix-directory.js';
import { readSymlink } from '../node/posix-entry.js';
import { ERRNO, isPosixError, posixError } from '../node/posix-error.js';
import type { Place } from '../node/posix-place.js';
import { readStatus } from '../node/posix-status.js';
import type { FileAttributes } from './attributes.js';
import {
  type ChangePlace,
  type ChangeStep,
  type FileIdentity,
  identityAt,
  inodeAt,
  type PreparedChange,
} from './change-record.js';
import { withMountRoot } from './mount-root.js';
import { OpenFolders } from './open-folders.js';
import type { PlannedChange } from './prepare-change.js';
import { openForReading, readFully } from './read-stable.js';
import type { MakeStep, RemoveStep, StagePlan } from './stage-plan.js';
import { fileType, readLongWord, STATUS_WORDS, WORD } from './status-words.js';

/** What the plan took a file to be; paths are relative to the component's root. */
export interface Expectation {
  /** Missing where there was nothing. */
  readonly attributes: FileAttributes | undefined;
  readonly id: ObjectId | undefined;
  /** It was read as a part of something else, so that any change of it after that shows in its time alone. */
  readonly isPart?: true;
}

export interface SealOptions {
  readonly root: string;
  readonly platform: Platform;
  readonly format: ObjectFormat;
  /** By path. */
  readonly expected: ReadonlyMap<string, Expectation>;
  /** When what is expected was read, in milliseconds since 1970: times as new as that vouch for nothing. */
  readonly expectedAtMs: number;
}

export interface SealedChange {
  readonly prepared: PreparedChange;
  /** Paths, relative to the component's root, that are not what the plan took them to be. */
  readonly conflicts: readonly string[];
}

/** Describes what is left to do of a change whose contents are staged. */
export function sealChange(options: SealOptions, planned: PlannedChange): SealedChange {
  const { place, plan } = planned;
  return withMountRoot(options.root, place.mount, (root) => {
    const staging = openDirectory({ directory: root, name: place.staging });
    const look = new Look(options, { mount: place.mount, rootTime: place.rootTime, root, staging });
    try {
      const steps = describeSteps(plan, look);
      return { prepared: { ...place, steps }, conflicts: look.conflicts };
    } finally {
      look.close();
      closeDescriptor(staging);
    }
  });
}

function describeSteps(plan: StagePlan, look: Look): ChangeStep[] {
  const put = ({ stagedPath, step }: { stagedPath: string; step: MakeStep }): ChangeStep => ({
    ...{ do: 'put', path: step.path, staged: stagedPath, inode: look.stagedInode(stagedPath) },
    ...withBefore(look.identity(step.path)),
  });
  let trashed = 0;
  const remove = ({ path, type }: RemoveStep): ChangeStep => ({
    ...{ do: 'remove', path, isDirectory: type === 'directory', trash: `trash-${trashed++}` },
    ...withBefore(look.identity(path)),
  });
  const [first, last] = [plan.firstRemovals.map(remove), plan.removals.map(remove)];
  const linked = plan.links.map((step, number): ChangeStep => {
    look.identity(step.path);
    return { do: 'link', path: step.path, to: step.attributes.link as string, staged: `link-${number}` };
  });
  const attributed = [...plan.fileAttributes, ...plan.directoryAttributes].map((step): ChangeStep => {
    if (step.do === 'attributes' && step.attributes.type !== 'directory') look.identity(step.path);
    return { do: 'attributes', path: step.path, attributes: step.attributes };
  });
  const others = plan.publications.filter(({ step }) => !step.overDirectory);
  const overDirectories = plan.publications.filter(({ step }) => step.overDirectory);
  const moves = [...first, ...others.map(put), ...last, ...overDirectories.map(put), ...linked];
  return [...moves, ...attributed, ...timesAround(moves, plan, look)];
}

export function withBefore(before: FileIdentity | undefined): { before?: FileIdentity } {
  return before === undefined ? {} : { before };
}

/** Directories in which names change and of which nothing else is said keep their times; the deepest first. */
function timesAround(moves: readonly ChangeStep[], plan: StagePlan, look: Look): ChangeStep[] {
  const settled = new Set(plan.directoryAttributes.map(({ path }) => path));
  // What is put or removed itself is no longer the directory that it was.
  for (const { path } of moves) settled.add(path);
  const parents = new Set(moves.map(({ path }) => path.slice(0, Math.max(0, path.lastIndexOf('/')))));
  // The staging directory comes and goes in the root itself.
  parents.add('');
  const steps: ChangeStep[] = [];
  for (const path of [...parents].sort((left, right) => right.length - left.length)) {
    const modified = settled.has(path) ? undefined : look.directoryTime(path);
    if (modified !== undefined) steps.push({ do: 'time', path, modified });
  }
  return steps;
}

/** Looks at what stands where something is to be done. */
export class Look {
  readonly conflicts: string[] = [];
  private readonly folders: OpenFolders;
  private readonly stagedFolders: OpenFolders;
  private readonly words = new Int32Array(STATUS_WORDS);

  constructor(
    private readonly options: SealOptions,
    private readonly place: Pick<ChangePlace, 'mount' | 'rootTime'> & {
      readonly root: number;
      readonly staging: number;
    },
  ) {
    this.folders = new OpenFolders(place.root);
    this.stagedFolders = new OpenFolders(place.staging);
  }

  close(): void {
    this.folders.close();
    this.stagedFolders.close();
  }

  stagedInode(path: string): string {
    const place = this.stagedFolders.placeOf(path);
    const errno = readStatus(place, this.words, 0);
    if (errno !== 0) throw posixError({ syscall: 'statx', errno, path: place.name });
    return inodeAt(this.words, 0);
  }

  /** What stands at `path`; noted as a conflict where the plan took it to be something else. */
  identity(path: string): FileIdentity | undefined {
    const place = this.find(path);
    const whole = this.place.mount === '' ? path : `${this.place.mount}/${path}`;
    const expected = this.options.expected.get(whole);
    if (expected !== undefined && !this.isAsExpected(place, expected)) this.conflicts.push(whole);
    return place === undefined ? undefined : identityAt(this.words, 0);
  }

  directoryTime(path: string): { seconds: number; nanoseconds: number } | undefined {
    // Making the staging directory has changed the time of the root, and of nothing else.
    if (path === '') return this.place.rootTime;
    if (this.find(path) === undefined) return undefined;
    return {
      seconds: readLongWord(this.words, WORD.modifiedSeconds),
      nanoseconds: this.words[WORD.modifiedNanoseconds],
    };
  }

  /** Where `path` is, its status in `words`; `undefined` where nothing is, be it that a directory on the way is missing. */
  private find(path: string): Place | undefined {
    let place: Place;
    try {
      place = this.folders.placeOf(path);
    } catch (error) {
      if (isPosixError(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
      throw error;
    }
    const errno = readStatus(place, this.words, 0);
    if (errno === ERRNO.ENOENT) return undefined;
    if (errno !== 0) throw posixError({ syscall: 'statx', errno, path });
    return place;
  }

  private isAsExpected(place: Place | undefined, { attributes, id, isPart }: Expectation): boolean {
    if (place === undefined) return attributes === undefined;
    const { words } = this;
    const type = fileType(words[WORD.mode]);
    // Sockets are in no plan: they hold no state.
    if (attributes === undefined) return type === 'socket';
    if (type !== attributes.type) return false;
    // Names that others add to a directory are none of the plan's business.
    if (type === 'directory') return true;
    const isSame =
      (words[WORD.mode] & 0o7777) === attributes.mode &&
      words[WORD.userId] >>> 0 === attributes.userId &&
      words[WORD.groupId] >>> 0 === attributes.groupId &&
      readLongWord(words, WORD.modifiedSeconds) === attributes.modifiedSeconds &&
      words[WORD.modifiedNanoseconds] === attributes.modifiedNanoseconds;
    if (!isSame) return false;
    if (isPart === true)
      return (
        attributes.modifiedSeconds * 1000 + attributes.modifiedNanoseconds / 1e6 < this.options.expectedAtMs
      );
    const changedMs = readLongWord(words, WORD.changedSeconds) * 1000;
    if (id === undefined || changedMs + RACY_MS < this.options.expectedAtMs) return true;
    return this.contentId(place, type) === id;
  }

  private contentId(place: Place, type: string): ObjectId | undefined {
    const { platform, format } = this.options;
    if (type === 'symlink') {
      return hashObject(platform, format, { kind: 'blob', content: encodeName(readSymlink(place)) });
    }
    if (type !== 'file') return undefined;
    const sizeBytes = readLongWord(this.words, WORD.size);
    const hasher = createObjectHasher(platform, format, { kind: 'blob', sizeBytes });
    const descriptor = openForReading(place);
    const buffer = Buffer.allocUnsafe(Math.min(sizeBytes, WINDOW_BYTES));
    try {
      for (let position = 0; position < sizeBytes; ) {
        const part = buffer.subarray(0, Math.min(buffer.length, sizeBytes - position));
        const got = readFully(descriptor, part, position);
        hasher.update(part.subarray(0, got));
        if (got < part.length) return undefined;
        position += got;
      }
      return hasher.digest() as ObjectId;
    } finally {
      closeDescriptor(descriptor);
    }
  }
}

/** The coarsest clock of a file system that is still in use, and the two seconds of FAT. */
const RACY_MS = 2000;
const WINDOW_BYTES = 1 << 20;
