// Makes a directory tree like the one that stands beside it: its files become hard links, its directories are made anew,
// and what a plan changes is put in from elsewhere. A pass that finds nothing to do shows that both are alike.
import { checkAborted, isSavepointError } from '../../store/errors.js';
import { createBreather } from '../node/breathe.js';
import { makeDirectory, makeLink, removeDirectory } from '../node/posix-entry.js';
import { isPosixError } from '../node/posix-error.js';
import { readInodeFlags } from '../node/posix-flags.js';
import { attributeProblem } from './attribute-problem.js';
import { fillMirror } from './fill-mirror.js';
import { InodeCollector } from './inode-set.js';
import { listDirectory } from './list-directory.js';
import { type Found, type LiveDirectory, LiveTree, sameInode } from './live-tree.js';
import { joinPath } from './node-path.js';
import { OpenFolders } from './open-folders.js';
import { removeTree } from './remove-tree.js';
import type { RestoreProblem } from './restore-step.js';
import type { SkippedDirectories } from './skipped-directories.js';
import { fileType, STATUS_WORDS, WORD } from './status-words.js';
import { obstacles, requireOneMount } from './swap-obstacle.js';
import type { SwapPlan } from './swap-plan.js';
import { applyAttributes } from './write-file.js';

export interface MirrorOptions {
  /** The absolute path of the tree that is copied. */
  readonly root: string;
  readonly plan: SwapPlan;
  /** The store: a tree that it lies in is not copied. */
  readonly skip: SkippedDirectories;
  readonly signal?: AbortSignal;
}

/** Open directories, of which nothing has been read yet. */
export interface MirrorTrees {
  readonly live: number;
  readonly copy: number;
  /** Holds what is put in. */
  readonly fresh: number;
}

/** What one pass leaves to the next. */
export class MirrorState {
  /** The attributes that the copy's directories have, as text. */
  readonly given = new Map<string, string>();
  readonly problems: RestoreProblem[] = [];
  /** Where something could not be put in: that stays so. */
  readonly conflicts: string[] = [];
  isFilled = false;
}

export interface Mirrored {
  /** Where the copy was not what it should be; it is by now. */
  readonly changed: readonly string[];
  /** Where others changed what the plan builds upon. */
  readonly conflicts: readonly string[];
  /** See `PreparedSwap`. */
  readonly shared: string;
  readonly directories: string;
  readonly kept: readonly string[];
}

/** One pass. Throws UNSUPPORTED where something can't be in the copy as it is in the tree. */
export async function mirrorTree(
  options: MirrorOptions,
  state: MirrorState,
  trees: MirrorTrees,
): Promise<Mirrored> {
  const pass = new MirrorPass(options, state, trees);
  try {
    await pass.run();
    const { changed, kept } = pass;
    const conflicts = [...state.conflicts, ...pass.conflicts];
    return { changed, conflicts, kept, shared: pass.shared.encode(), directories: pass.directories.encode() };
  } finally {
    pass.close();
  }
}

/** `gives way`: a file is put in the directory's place. `leaves`: it goes, if nothing in it has to stay. */
type Fate = 'stays' | 'leaves' | 'gives way';

interface Visit {
  readonly path: string;
  readonly fate: Fate;
}

const BREATH_MS = 50;
const REFUSALS = ['EPERM', 'EACCES', 'EMLINK', 'EXDEV', 'ENOTSUP', 'EINVAL', 'ENOSYS'];

class MirrorPass {
  readonly changed: string[] = [];
  readonly conflicts: string[] = [];
  readonly kept: string[] = [];
  readonly shared = new InodeCollector();
  readonly directories = new InodeCollector();
  private readonly live: LiveTree;
  private readonly copy: OpenFolders;
  private readonly visited: (Visit & LiveDirectory)[] = [];
  /** The copy's directories that the pass knows of, and those in which it has changed names. */
  private readonly folders = new Set(['']);
  private readonly touched = new Set<string>();
  private readonly breathe = createBreather(BREATH_MS);

  constructor(
    private readonly options: MirrorOptions,
    private readonly state: MirrorState,
    private readonly trees: MirrorTrees,
  ) {
    this.live = new LiveTree(options.root, trees.live);
    this.copy = new OpenFolders(trees.copy);
  }

  close(): void {
    this.live.close();
    this.copy.close();
  }

  async run(): Promise<void> {
    requireOneMount(this.options.root);
    const stack: Visit[] = [{ path: '', fate: 'stays' }];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      checkAborted(this.options.signal);
      for (const child of this.visit(next)) stack.push(child);
      await this.breathe();
    }
    if (!this.state.isFilled) this.fill();
    this.finish();
  }

  /** Handles all that is in a directory; answers with the directories in it. */
  private visit(visit: Visit): Visit[] {
    const { path, fate } = visit;
    const directory = this.live.look(path);
    if (directory === undefined) {
      this.changed.push(path);
      return [];
    }
    this.visited.push({ ...visit, ...directory });
    const { listed } = directory;
    const copied = this.listCopy(visit);
    const children: Visit[] = [];
    listed.names.forEach((name, index) => {
      const found = { path: within(path, name), words: listed.words, at: index * STATUS_WORDS };
      if (found.words[found.at + WORD.device] !== this.live.status[WORD.device])
        throw obstacles.mount(this.at(found.path));
      const type = fileType(found.words[found.at + WORD.mode]);
      const action = this.options.plan.actions.get(found.path);
      if (action === undefined && fate === 'gives way') throw obstacles.inTheWay(this.at(found.path));
      if (type === 'directory') {
        this.directories.add(found.words, found.at);
        children.push(this.enter(found, { fate, action }));
      }
      if (type === 'file' && action !== undefined) this.live.requireChangeable(found.path);
      if (type === 'directory' || action !== undefined) return;
      this.shared.add(found.words, found.at);
      if (fate === 'leaves') this.ensureFolder(path);
      this.link(found, copied.get(name));
    });
    const names = new Set(listed.names);
    for (const [name, found] of copied)
      if (!names.has(name) && this.options.plan.actions.get(found.path) !== 'put') this.clear(found.path);
    return children;
  }

  /** What the copy has in a directory, by name. */
  private listCopy({ path, fate }: Visit): Map<string, Found> {
    const copied = new Map<string, Found>();
    if (fate === 'gives way' || !this.folders.has(path)) return copied;
    const { names, words } = listDirectory(this.copy.descriptorOf(path), () => true);
    names.forEach((name, index) => {
      const found = { path: within(path, name), words, at: index * STATUS_WORDS };
      copied.set(name, found);
      if (fileType(words[found.at + WORD.mode]) === 'directory') this.folders.add(found.path);
    });
    return copied;
  }

  private enter(
    { path, words, at }: Found,
    parent: { readonly fate: Fate; readonly action: 'put' | 'remove' | undefined },
  ): Visit {
    if (this.options.skip.has(words, at)) throw obstacles.store(this.at(path));
    if (parent.fate === 'gives way' || parent.action === 'put') return { path, fate: 'gives way' };
    if (parent.action === 'remove') return { path, fate: 'leaves' };
    this.ensureFolder(path);
    return { path, fate: 'stays' };
  }

  private ensureFolder(path: string): void {
    if (this.folders.has(path)) return;
    this.ensureFolder(parentOf(path));
    // Where it was something else in an earlier pass.
    removeTree(this.copy.placeOf(path));
    makeDirectory(this.copy.placeOf(path), 0o700);
    this.folders.add(path);
    this.change(path);
  }

  private link(file: Found, copied: Found | undefined): void {
    const { path } = file;
    if (copied !== undefined && (sameInode(copied, file) || !this.clear(path))) return;
    this.change(path);
    try {
      makeLink({ from: this.live.placeOf(path), to: this.copy.placeOf(path) });
    } catch (error) {
      if (!isSavepointError(error)) throw error;
      // Others may have taken it away, or put something else there: the next pass sees.
      if (!this.live.isStill(file)) return;
      if (!isPosixError(error, ...REFUSALS)) throw error;
      throw obstacles.link(this.at(path), error);
    }
  }

  /** Takes out of the copy what the tree no longer has. Answers false where the plan has made something below it. */
  private clear(path: string): boolean {
    if (this.options.plan.ways.has(path)) {
      this.conflicts.push(path);
      return false;
    }
    removeTree(this.copy.placeOf(path));
    this.change(path);
    return true;
  }

  private fill(): void {
    const { changed, conflicts, problems } = fillMirror(this.options.plan.stages, this.trees);
    for (const path of changed) this.change(path);
    for (const path of conflicts) this.state.conflicts.push(path);
    for (const problem of problems) this.state.problems.push(problem);
    this.state.isFilled = true;
  }

  /** Directories get their attributes when all that is in them is done; the deepest first. */
  private finish(): void {
    const { given, problems } = this.state;
    for (const { path, fate, attributes, flags } of this.visited.reverse()) {
      if (fate === 'gives way' || !this.folders.has(path)) continue;
      if (fate === 'leaves' && this.removeIfEmpty(path)) continue;
      if (fate === 'leaves') this.kept.push(path);
      const directory = this.copy.descriptorOf(path);
      if (readInodeFlags(directory) !== flags) throw obstacles.flags(this.at(path));
      const planned = fate === 'stays' ? this.options.plan.attributes.get(path) : undefined;
      const wanted = planned ?? attributes;
      const isNew = given.get(path) !== JSON.stringify(wanted);
      if (isNew) this.changed.push(path);
      if (!isNew && !this.touched.has(path)) continue;
      const failed = applyAttributes(directory, wanted, { isNew: false });
      if (failed.length > 0 && planned === undefined) throw obstacles.attributes(this.at(path), failed);
      if (failed.length > 0 && isNew) problems.push(attributeProblem(path, failed));
      given.set(path, JSON.stringify(wanted));
    }
  }

  private removeIfEmpty(path: string): boolean {
    try {
      removeDirectory(this.copy.placeOf(path));
    } catch (error) {
      if (isPosixError(error, 'ENOTEMPTY', 'EEXIST')) return false;
      throw error;
    }
    this.change(path);
    return true;
  }

  private change(path: string): void {
    this.changed.push(path);
    this.touched.add(parentOf(path));
  }

  private at(path: string): string {
    return joinPath(this.options.root, path);
  }
}

function within(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
