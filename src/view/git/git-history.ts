// The points of a store as tags and commits for a repository. Names that git refuses, and those that isomorphic-git takes for
// unsafe, are escaped, as an export does; the trees, commits and tags above them are made anew, in memory, and have other
// ids than in the store. All else is the store's own. What is damaged is left as it is: reading it tells.
import type { HeldReader } from '../../../store/held-reader.js';
import type { ObjectId, ObjectKind } from '../../../store/object-id.js';
import { parseCommit } from '../../../store/objects/commit-and-tag.js';
import { hashObject } from '../../../store/objects/object-header.js';
import { encodeTree, parseTree, TREE_MODES, type TreeEntry } from '../../../store/objects/tree.js';
import { createBreather } from '../../composition.js';
import { escapeName } from '../../git/escape-name.js';
import { NameRules } from '../../git/name-rules.js';
import { rewriteCommit, rewriteTag } from '../../git/rewrite-commit.js';
import { createIdSet } from '../../git/survey-trees.js';
import type { Point } from '../../points.js';
import { isUnreadable } from '../../unreadable.js';

/** How long timers and sockets wait while trees are looked through. */
const BREATHE_MS = 20;

export interface MadeObject {
  readonly kind: ObjectKind;
  readonly content: Uint8Array;
}

export interface GitHistory {
  /** Tags by the ids of their points. */
  readonly tags: ReadonlyMap<ObjectId, ObjectId>;
  /** The commit of the latest point that can be read; missing where there is none. */
  readonly head: ObjectId | undefined;
  /** Commits that have a parent which is no longer stored. */
  readonly shallow: readonly ObjectId[];
  /** Objects that the store does not have. */
  readonly made: ReadonlyMap<ObjectId, MadeObject>;
}

/** `points` stand oldest first. */
export async function readHistory(held: HeldReader, points: readonly Point[]): Promise<GitHistory> {
  const reading = new HistoryReading(held);
  const tags = new Map<ObjectId, ObjectId>();
  let head: ObjectId | undefined;
  for (const { id, commit, damaged } of points) {
    if (damaged !== undefined) {
      tags.set(id, id);
      continue;
    }
    head = await reading.commitId(commit);
    tags.set(id, head === commit ? id : reading.tagId(id, head));
  }
  return { tags, head, shallow: reading.shallow, made: reading.made };
}

class HistoryReading {
  readonly made = new Map<ObjectId, MadeObject>();
  readonly shallow: ObjectId[] = [];
  private readonly commits = new Map<ObjectId, ObjectId>();
  /** Trees by what they are called in the store, as far as they are called otherwise. */
  private readonly trees = new Map<ObjectId, ObjectId>();
  private readonly plainTrees = createIdSet();
  private readonly rules: NameRules;
  private readonly breathe = createBreather(BREATHE_MS);

  constructor(private readonly held: HeldReader) {
    this.rules = new NameRules(held);
  }

  /** The id of a commit for git; all commits before it come first. */
  async commitId(commit: ObjectId): Promise<ObjectId> {
    const open = [commit];
    for (let id = open.at(-1); id !== undefined; id = open.at(-1)) {
      const pending = this.commits.has(id) ? [] : this.parentsOf(id).filter((each) => this.isPending(each));
      if (pending.length > 0) {
        open.push(...pending);
        continue;
      }
      if (!this.commits.has(id)) this.commits.set(id, await this.orItself(id, () => this.makeCommit(id)));
      open.pop();
    }
    return this.commits.get(commit) as ObjectId;
  }

  tagId(tag: ObjectId, commit: ObjectId): ObjectId {
    return this.make('tag', rewriteTag(this.held.read(tag).content, { object: commit }));
  }

  private isPending(commit: ObjectId): boolean {
    return !this.commits.has(commit) && this.held.has(commit);
  }

  private parentsOf(commit: ObjectId): readonly ObjectId[] {
    try {
      return parseCommit(this.held.read(commit).content, this.held.source.format).parents;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return [];
    }
  }

  private async makeCommit(commit: ObjectId): Promise<ObjectId> {
    const { content } = this.held.read(commit);
    const { tree, parents } = parseCommit(content, this.held.source.format);
    const known = parents.map((parent) => this.commits.get(parent) ?? parent);
    const to = { tree: await this.orItself(tree, () => this.treeId(tree)), parents: known };
    const rewritten = rewriteCommit(content, to);
    const id = rewritten === content ? commit : this.make('commit', rewritten);
    if (parents.some((parent) => !this.held.has(parent))) this.shallow.push(id);
    return id;
  }

  private async treeId(tree: ObjectId): Promise<ObjectId> {
    if (this.plainTrees.has(tree)) return tree;
    const known = this.trees.get(tree);
    if (known !== undefined) return known;
    await this.breathe();
    const { format } = this.held.source;
    let isChanged = false;
    const entries: TreeEntry[] = [];
    for (const entry of parseTree(this.held.read(tree).content, format)) {
      const { mode } = entry;
      const id = mode === TREE_MODES.directory ? await this.treeId(entry.id) : entry.id;
      const name = this.nameOf(entry);
      isChanged ||= id !== entry.id || name !== entry.name;
      entries.push({ mode, name, id });
    }
    if (!isChanged) {
      this.plainTrees.claim(tree);
      return tree;
    }
    const id = this.make('tree', encodeTree(entries, format));
    this.trees.set(tree, id);
    return id;
  }

  /** isomorphic-git reads no directory in which a name has a backslash, whatever the system. */
  private nameOf(entry: TreeEntry): string {
    const name = this.rules.nameOf(entry);
    return name.includes('\\') ? escapeName(name) : name;
  }

  private make(kind: ObjectKind, content: Uint8Array): ObjectId {
    const { platform, format } = this.held.source;
    const id = hashObject(platform, format, { kind, content });
    this.made.set(id, { kind, content });
    return id;
  }

  private async orItself(id: ObjectId, find: () => Promise<ObjectId>): Promise<ObjectId> {
    try {
      return await find();
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return id;
    }
  }
}
