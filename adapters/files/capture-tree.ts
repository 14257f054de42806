// Captures a directory tree: an ordered walk, the stat cache, batches for the capturing threads, and the trees of each
// directory as soon as all that is in it has its ids. Memory follows the work under way, not the size of the tree.
import type { ChunkCutter } from '../../store/chunking/chunk-cutter.js';
import { checkAborted } from '../../store/errors.js';
import { ID_LENGTH_BYTES, type ObjectFormat, type ObjectId } from '../../store/object-id.js';
import type { Platform } from '../../store/platform.js';
import { createBreather } from '../node/breathe.js';
import { closeDescriptor } from '../node/posix-directory.js';
import { readSymlink } from '../node/posix-entry.js';
import type { Place } from '../node/posix-place.js';
import { readDescriptorStatus } from '../node/posix-status.js';
import { BatchCollector } from './batch-collector.js';
import { type FileProblem, fileProblem } from './capture-batch.js';
import { type CaptureCounts, discountOmitted } from './capture-counts.js';
import type { CapturePool } from './capture-pool.js';
import { DirectoryLook, NOTHING_SEEN } from './directory-look.js';
import { readExtraAttributesOf } from './extra-attributes.js';
import { type FinishContext, finishDirectory, type Graft, type MetadataSink } from './finish-directory.js';
import { dropBrokenLinks, HardLinks, withoutLink } from './hard-links.js';
import { openCaptureRoot } from './mount-root.js';
import { joinPath } from './node-path.js';
import { type LinkName, OpenDirectory } from './open-directory.js';
import { OpenFolders } from './open-folders.js';
import { readOwnerNames } from './owner-names.js';
import { distrustFrom } from './racy-time.js';
import { digestRoot } from './root-digest.js';
import { SkippedDirectories } from './skipped-directories.js';
import { type DirectoryIds, encodeRow, type StatCache } from './stat-cache.js';
import { fileType, readLongWord, STATUS_WORDS, WORD } from './status-words.js';

export interface CaptureTreeOptions {
  /** The absolute path of the component's root, a directory. */
  readonly root: string;
  /** Whether a file belongs to the component, by its path relative to the root; all do where this is missing. */
  readonly includes?: (relativePath: string, name: string) => boolean;
  readonly oneFileSystem: boolean;
  /** Absolute paths that are never captured: the store itself. */
  readonly skip: ReadonlySet<string>;
  readonly cache: StatCache | undefined;
  /** Trees that stand in the root besides what is there, whose own attributes are then left out. */
  readonly grafts?: readonly Graft[];
  readonly pool: CapturePool;
  readonly metadata: MetadataSink;
  readonly platform: Platform;
  readonly cutter: ChunkCutter;
  readonly format: ObjectFormat;
  readonly onProgress?: (counts: CaptureCounts) => void;
  readonly signal?: AbortSignal;
}

export interface CapturedTree {
  readonly ids: DirectoryIds;
  /** Without grafts, where there are some: the id of the tree of contents. */
  readonly ownFiles: ObjectId | undefined;
  /** Rows for the next capture's stat cache. */
  readonly rows: readonly Buffer[];
  readonly problems: readonly FileProblem[];
  readonly counts: CaptureCounts;
}

/** Captures the tree below `root`. Throws PATH_NOT_FOUND or TARGET_CONFLICT where the root is not a directory. */
export async function captureTree(options: CaptureTreeOptions): Promise<CapturedTree> {
  const root = openCaptureRoot(options.root);
  const folders = new OpenFolders(root);
  try {
    return await new TreeCapture(options, folders).run(root);
  } finally {
    folders.close();
    closeDescriptor(root);
  }
}

const BREATH_MS = 50;

class TreeCapture {
  private readonly counts: CaptureCounts = {
    files: 0,
    directories: 0,
    bytes: 0,
    unchangedFiles: 0,
    sockets: 0,
  };
  private readonly problems: FileProblem[] = [];
  private readonly rows: Buffer[] = [];
  private readonly links = new HardLinks();
  private readonly collector: BatchCollector;
  private readonly look: DirectoryLook;
  private readonly skipped: SkippedDirectories;
  private readonly isTooNew = distrustFrom(Date.now());
  private readonly rootWords = new Int32Array(STATUS_WORDS);
  private readonly context: FinishContext;
  private finishing = Promise.resolve();
  private readonly breathe = createBreather(BREATH_MS);
  private failure: unknown;
  private rootIds: DirectoryIds | undefined;
  private rootDigest: Uint8Array = new Uint8Array();

  constructor(
    private readonly options: CaptureTreeOptions,
    private readonly folders: OpenFolders,
  ) {
    const { metadata, format, platform, grafts } = options;
    const root = { words: this.rootWords, extras: undefined };
    const grafting = grafts && { grafts, platform };
    this.context = { metadata, format, owners: readOwnerNames(), root, grafting };
    this.look = new DirectoryLook(options, folders, (problem) => this.problems.push(problem));
    this.skipped = new SkippedDirectories(options.skip);
    this.collector = new BatchCollector(options, {
      root: options.root,
      folders,
      idLength: ID_LENGTH_BYTES[format] * 2,
      onProblem: (problem) => this.problems.push(problem),
      onRead: (name) => {
        for (const waiting of this.links.release(name)) this.settle(waiting, 1);
      },
      onDone: (directory, count) => this.settle(directory, count),
    });
  }

  /** `root` is open for reading, and nothing has been read of it. */
  async run(root: number): Promise<CapturedTree> {
    readDescriptorStatus(root, this.rootWords, 0);
    this.context.root.extras = readExtraAttributesOf(root);
    this.rootDigest = digestRoot(this.options.platform, this.rootWords, this.context.root.extras);
    const stack: { path: string; place: OpenDirectory['place'] }[] = [{ path: '', place: undefined }];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      checkAborted(this.options.signal);
      const directory = this.look.open(next.path, next.place);
      this.counts.directories++;
      const children: { path: string; place: OpenDirectory['place'] }[] = [];
      for (let index = 0; index < directory.seen.names.length; index++) {
        if (this.enter(directory, index)) {
          children.push({ path: directory.pathOf(index), place: { parent: directory, index } });
        }
        if (this.collector.isFull()) await this.collector.flush();
      }
      for (const child of children.reverse()) stack.push(child);
      this.settle(directory, 1);
      await this.finishing;
      await this.breathe();
      this.options.onProgress?.(this.counts);
      if (this.failure !== undefined) throw this.failure;
    }
    await this.collector.drain();
    while (this.rootIds === undefined && this.failure === undefined) await this.finishing;
    if (this.rootIds === undefined) throw this.failure;
    const { rootIds: ids, rows, problems, counts } = this;
    return { ids, rows, problems, counts, ownFiles: this.context.grafting?.ownFiles };
  }

  /** Handles one entry; answers whether it is a directory to descend into. */
  private enter(directory: OpenDirectory, index: number): boolean {
    const { words } = directory.seen;
    const at = index * STATUS_WORDS;
    const cached = this.findCached(directory, index);
    const database = directory.seen.databases.files.get(index);
    const isTooNew = this.isTooNew(words, at) || database?.beside.some((status) => this.isTooNew(status, 0));
    if (isTooNew === true) directory.untrusted.add(index);
    const type = fileType(words[at + WORD.mode]);
    if (cached === undefined) directory.changed = true;
    if (type === 'socket') this.counts.sockets++;
    if (type === 'socket' || this.skipped.has(words, at)) {
      directory.omitted.add(index);
      return false;
    }
    if (cached !== undefined) directory.addExtras(index, withoutLink(directory.seen.row?.extra(cached)));
    if (type === 'directory') return this.enterDirectory(directory, index, cached);
    this.counts.files++;
    if (directory.seen.databases.belonging.has(index)) {
      this.counts.bytes += readLongWord(words, at + WORD.size);
      directory.omitted.add(index);
      return false;
    }
    const first = this.enterLink(directory, index, cached);
    if (type === 'file' && first === undefined) this.counts.bytes += readLongWord(words, at + WORD.size);
    if (cached !== undefined) {
      if (type === 'file' || type === 'symlink') directory.vouch(index, cached);
      this.counts.unchangedFiles++;
    } else if (database?.isInUse === true) this.collector.addDatabase(directory, index);
    else if (type === 'file') this.collector.add(directory, index);
    else this.enterSpecial(directory, index, type);
    return false;
  }

  /** The number of the entry in the cached row, where the row vouches that it is unchanged. */
  private findCached(directory: OpenDirectory, index: number): number | undefined {
    const { row, names, words, sameNames, databases } = directory.seen;
    if (row === undefined) return undefined;
    const number = sameNames ? index : row.indexOf(names[index]);
    if (number < 0) return undefined;
    const ofDatabase = databases.files.get(index)?.words;
    const isUnchanged =
      ofDatabase === undefined
        ? row.isUnchanged(number, words, index * STATUS_WORDS)
        : row.isUnchanged(number, ofDatabase, 0);
    return isUnchanged ? number : undefined;
  }

  private enterDirectory(directory: OpenDirectory, index: number, cached: number | undefined): boolean {
    if (cached === undefined)
      this.guard(directory, index, (place) => directory.addExtras(index, readExtraAttributesOf(place)));
    if (directory.omitted.has(index)) return false;
    directory.pending++;
    const foreign = directory.seen.words[index * STATUS_WORDS + WORD.device] !== this.rootWords[WORD.device];
    if (!this.options.oneFileSystem || !foreign) return true;
    this.settle(new OpenDirectory(directory.pathOf(index), { parent: directory, index }, NOTHING_SEEN), 1);
    return false;
  }

  /** The first name of a file that has several, where `index` is not the first itself. */
  private enterLink(
    directory: OpenDirectory,
    index: number,
    cached: number | undefined,
  ): LinkName | undefined {
    const { words, row } = directory.seen;
    const at = index * STATUS_WORDS;
    if (words[at + WORD.linkCount] === 1) return undefined;
    const first = this.links.enter(words, at, { directory, index });
    if (first !== undefined) this.links.follow(first, { directory, index });
    const before = cached === undefined ? undefined : row?.extra(cached)?.link;
    if (first?.directory.pathOf(first.index) !== before) directory.changed = true;
    return first;
  }

  private enterSpecial(directory: OpenDirectory, index: number, type: string): void {
    this.guard(directory, index, (place) => {
      if (type === 'symlink') {
        directory.linkTargets.set(index, readSymlink(place));
      } else if (type !== 'fifo') {
        const number = directory.seen.words[index * STATUS_WORDS + WORD.deviceNumber] >>> 0;
        directory.addExtras(index, { device: [number >>> 20, number & 0xfffff] });
      }
      directory.addExtras(index, readExtraAttributesOf(place));
    });
  }

  private guard(directory: OpenDirectory, index: number, action: (place: Place) => void): void {
    try {
      action(this.folders.placeOf(directory.pathOf(index)));
    } catch (error) {
      this.problems.push(fileProblem(joinPath(this.options.root, directory.pathOf(index)), error));
      directory.omit(index);
    }
  }

  /** Notes that `count` things of a directory are done; finishes it when nothing is left. */
  private settle(directory: OpenDirectory, count: number): void {
    directory.pending -= count;
    if (directory.pending > 0) return;
    this.finishing = this.finishing
      .then(() => this.finish(directory))
      .catch((error) => {
        this.failure ??= error;
      });
  }

  private async finish(directory: OpenDirectory): Promise<void> {
    discountOmitted(this.counts, directory);
    dropBrokenLinks(directory);
    const { row } = directory.seen;
    const isRoot = directory.place === undefined;
    const isSame = row !== undefined && !directory.changed;
    const isSameRoot = this.context.grafting === undefined && row?.hasSelf(this.rootDigest) === true;
    const reusable = isSame && (!isRoot || isSameRoot);
    const ids = reusable ? row.result() : await finishDirectory(directory, this.context);
    const isOldRow = reusable && directory.untrusted.size === 0;
    const self = isRoot ? this.rootDigest : undefined;
    this.rows.push(isOldRow ? row.bytes : encodeRow(directory.rowOf(ids, self)));
    if (isRoot) this.rootIds = ids;
    if (directory.place === undefined) return;
    const { parent, index } = directory.place;
    parent.children.set(index, ids);
    const before = row?.result();
    if (before?.files !== ids.files || before.attributes !== ids.attributes) parent.changed = true;
    this.settle(parent, 1);
  }
}
