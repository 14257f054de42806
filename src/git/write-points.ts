// The commits and tags of new points. A commit follows what it followed in the store; where the repository does not have that, as
// when its point is gone or was not asked for, the point before. All else is as in the store, and then so are the ids.
import type { ObjectId } from '../../store/object-id.js';
import { type Commit, parseCommit, parseTag } from '../../store/objects/commit-and-tag.js';
import { type SigningOptions, signText } from '../composition.js';
import { readPoint } from '../points.js';
import type { Session } from '../session.js';
import { type ExportedPoint, reachablePoints } from './export-record.js';
import { type ExportPlan, type ExportTarget, isKept, type PlannedPoint, refInTheWay } from './plan-export.js';
import { rewriteCommit, rewriteTag, unsignedTag } from './rewrite-commit.js';
import { BRANCH } from './tag-name.js';
import type { ObjectSink, WantedTree } from './write-objects.js';

/** The trees of new points, each with that of the point before it; `isTold` is whether it is known what was written before. */
export async function treesOf(session: Session, plan: ExportPlan, isTold: boolean): Promise<WantedTree[]> {
  const reader = await session.store.openReader();
  const inStore = new Set(plan.inStore);
  const trees: WantedTree[] = [];
  const treeOf = async (point: PlannedPoint) => (await readPoint(session, reader, point)).tree;
  let before: { readonly point: PlannedPoint; readonly tree?: ObjectId } | undefined;
  for (const point of plan.points) {
    if (isKept(point)) {
      before = isTold && inStore.has(point.id) ? { point } : undefined;
      continue;
    }
    const tree = await treeOf(point);
    const base = before === undefined ? undefined : (before.tree ?? (await treeOf(before.point)));
    trees.push({ tree, base });
    before = { point, tree };
  }
  return trees;
}

export interface PointsToWrite {
  readonly sink: ObjectSink;
  readonly plan: ExportPlan;
  readonly target: ExportTarget;
  /** Whose signature each tag gets. */
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Throws TARGET_CONFLICT where another tag has the name of one, and what `signText` throws. */
export async function writePoints(
  session: Session,
  { sink, plan, target, key, signal }: PointsToWrite,
): Promise<ExportedPoint[]> {
  const { format } = session.store;
  const commits = reachableCommits(target);
  const added: ExportedPoint[] = [];
  let before: ObjectId | undefined;
  for (const point of plan.points) {
    if (isKept(point)) {
      before = point.exported.commit;
      continue;
    }
    const content = sink.read(point.id);
    const storeCommit = parseTag(content, format).object;
    const { commit, parents } =
      commits.get(storeCommit) ?? (await writeCommit(session, { sink, storeCommit, commits, before }));
    commits.set(storeCommit, { commit, parents });
    before = commit;
    const rewritten = rewriteTag(content, { object: commit });
    const tag = sink.add('tag', key === undefined ? rewritten : await signed(rewritten, { key, signal }));
    const { ref, id } = point;
    const former = target.refs.get(ref);
    const isReplaced = plan.removed.some((removed) => removed.ref === ref);
    if (target.refs.has(ref) && former !== tag && !isReplaced) throw refInTheWay(target.directory, ref);
    added.push({ ref, point: id, storeCommit, tag, commit, parents });
  }
  return added;
}

async function signed(content: Uint8Array, options: SigningOptions): Promise<Uint8Array> {
  const tag = unsignedTag(content);
  return Buffer.concat([tag, await signText(tag, options)]);
}

type WrittenCommit = Pick<ExportedPoint, 'commit' | 'parents'>;

/** Commits of the store as they are in the repository, where they stay: refs lead to them. */
function reachableCommits({ refs, record }: ExportTarget): Map<ObjectId, WrittenCommit> {
  const points = record?.points ?? [];
  const roots = new Set<ObjectId>();
  for (const { ref, tag, commit } of points) if (refs.get(ref) === tag) roots.add(commit);
  const head = refs.get(BRANCH);
  if (head !== undefined) roots.add(head);
  return new Map(reachablePoints(points, roots).map((point) => [point.storeCommit, point]));
}

async function writeCommit(
  session: Session,
  what: {
    readonly sink: ObjectSink;
    readonly storeCommit: ObjectId;
    readonly commits: ReadonlyMap<ObjectId, WrittenCommit>;
    readonly before: ObjectId | undefined;
  },
): Promise<WrittenCommit> {
  const { sink, storeCommit } = what;
  const content = sink.read(storeCommit);
  const parsed = parseCommit(content, session.store.format);
  const parents = parentsOf(parsed, what);
  const tree = await sink.treeId(parsed.tree);
  return { commit: sink.add('commit', rewriteCommit(content, { tree, parents })), parents };
}

function parentsOf(
  commit: Commit,
  { commits, before }: { commits: ReadonlyMap<ObjectId, WrittenCommit>; before: ObjectId | undefined },
): ObjectId[] {
  const known = commit.parents.flatMap((parent) => commits.get(parent)?.commit ?? []);
  if (known.length === commit.parents.length) return known;
  return before === undefined ? [] : [before];
}
