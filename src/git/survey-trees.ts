// Walks the trees of points and finds out what a repository lacks of them: objects that are copied as they are, and trees that
// are written anew, as a name in them is escaped or the repository names objects otherwise. Where a tree stands in the point before, too, it is
// passed over.
import { checkAborted } from '../../store/errors.js';
import type { HeldReader } from '../../store/held-reader.js';
import { KnownIdTable } from '../../store/index/known-ids.js';
import type { ObjectId } from '../../store/object-id.js';
import { parseTree, TREE_MODES } from '../../store/objects/tree.js';
import type { CopyPlan } from './copy-plan.js';
import type { IdMap } from './id-map.js';
import type { NameRules } from './name-rules.js';

export interface SurveyOptions {
  readonly held: HeldReader;
  readonly present: { has(id: ObjectId): boolean };
  readonly map: IdMap;
  readonly rules: NameRules;
  readonly plan: CopyPlan;
  /** Whether all objects have other ids in the repository. */
  readonly translates: boolean;
  /** Lets other events in, now and then. */
  readonly breathe: () => Promise<void> | undefined;
  readonly signal?: AbortSignal | undefined;
}

export class TreeSurvey {
  /** How many trees are to be written anew. */
  changedCount = 0;
  private readonly seen = createIdSet();
  private readonly changed = createIdSet();

  constructor(private readonly options: SurveyOptions) {}

  /** Whether a tree that was looked at differs in the repository. */
  isChanged(id: ObjectId): boolean {
    return this.options.translates || this.changed.has(id) || this.options.map.get(id) !== undefined;
  }

  /** Looks at `tree` and all that is below. All of `base` is in the repository, and in `map` where it has another id there. */
  async add(tree: ObjectId, base?: ObjectId): Promise<void> {
    if (tree === base || !this.seen.claim(tree)) return;
    const { held, rules, breathe, signal } = this.options;
    await breathe();
    checkAborted(signal);
    const entries = parseTree(held.read(tree).content, held.source.format);
    const bases = base === undefined ? undefined : this.directoriesOf(base);
    let isChanged = this.options.translates;
    for (const entry of entries) {
      if (entry.mode === TREE_MODES.directory) {
        await this.add(entry.id, bases?.get(entry.name));
        isChanged ||= this.isChanged(entry.id);
      } else this.addBlob(entry.id);
      isChanged ||= rules.nameOf(entry) !== entry.name;
    }
    this.addTree(tree, isChanged);
  }

  private addTree(tree: ObjectId, isChanged: boolean): void {
    const { present, map, plan } = this.options;
    const translated = isChanged ? map.get(tree) : tree;
    if (isChanged) this.changed.claim(tree);
    if (translated !== undefined && present.has(translated)) return;
    if (isChanged) this.changedCount++;
    else plan.add(tree);
  }

  private addBlob(id: ObjectId): void {
    if (!this.seen.claim(id)) return;
    const { translates, map, present, plan } = this.options;
    const translated = translates ? map.get(id) : id;
    if (translated === undefined || !present.has(translated)) plan.add(id);
  }

  private directoriesOf(tree: ObjectId): Map<string, ObjectId> {
    const { held } = this.options;
    const entries = parseTree(held.read(tree).content, held.source.format);
    const directories = entries.filter(({ mode }) => mode === TREE_MODES.directory);
    return new Map(directories.map(({ name, id }) => [name, id]));
  }
}

interface IdSet {
  has(id: ObjectId): boolean;
  /** Adds an id; whether it is new. */
  claim(id: ObjectId): boolean;
}

/** 36 bytes an id, and as much again for room. */
export function createIdSet(): IdSet {
  const table = new KnownIdTable(() => false);
  return {
    has: (id) => table.has(id),
    claim(id) {
      table.makeRoom(1);
      return table.claim(id);
    },
  };
}
