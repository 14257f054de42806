// One import under way: makes the objects of point after point, and publishes them in groups: everything durable first, then
// one ref after the other, as the latest point is the one whose ref was made last.
import { REMOVED } from '../../store/collect/collect-context.js';
import { checkAborted, isSavepointError } from '../../store/errors.js';
import type { ObjectId } from '../../store/object-id.js';
import type { ObjectWriter } from '../../store/object-writer.js';
import { encodeCommit, encodeTag } from '../../store/objects/commit-and-tag.js';
import type { StoreWrite } from '../../store/store.js';
import type { GitRepository } from '../composition.js';
import { encodeTagMessage, type TagSummary } from '../point-record.js';
import { POINTS } from '../points.js';
import { nameTaken } from '../publish-point.js';
import { requireIdle } from '../rollback/begin-operation.js';
import type { Session } from '../session.js';
import { BlobIntake } from './blob-intake.js';
import { copyPointTree } from './copy-tree.js';
import { addForeignTree, identityOf } from './foreign-point.js';
import { type Foundation, findFoundation } from './import-foundation.js';
import type { ImportPlace } from './import-origin.js';
import type { GitImportOptions, ImportedPoint } from './imported-point.js';
import type { PlannedImport } from './plan-import.js';

/** How much may be read before what has come is published. */
const GROUP_BYTES = 256 << 20;

export interface ImportParts {
  readonly write: StoreWrite;
  readonly repository: GitRepository;
  readonly place: ImportPlace;
  readonly options: GitImportOptions;
}

export interface TakenPoints {
  /** Oldest first. */
  readonly points: readonly ImportedPoint[];
  readonly submodules: readonly string[];
  readonly newObjects: number;
  readonly storedBytes: number;
}

interface Unpublished {
  readonly planned: PlannedImport;
  readonly id: ObjectId;
}

/** Makes and publishes the points that are planned. Throws as `importRepository`. */
export async function importPoints(
  session: Session,
  parts: ImportParts,
  planned: readonly PlannedImport[],
): Promise<TakenPoints> {
  const foundation = await findFoundation(session, { ...parts, planned, signal: parts.options.signal });
  const importing = new PointImport(session, parts, foundation);
  try {
    for (const each of planned) await importing.take(each);
    await importing.publish();
    return importing.taken();
  } catch (error) {
    await importing.abort();
    throw error;
  }
}

class PointImport {
  private readonly points: ImportedPoint[] = [];
  private readonly submodules = new Set<string>();
  private unpublished: Unpublished[] = [];
  private blobs: BlobIntake;
  private metadata: ObjectWriter;
  private readonly read = { files: 0, bytes: 0 };
  private groupBytes = 0;
  private newObjects = 0;
  private storedBytes = 0;

  constructor(
    private readonly session: Session,
    private readonly parts: ImportParts,
    private readonly foundation: Foundation,
  ) {
    this.blobs = new BlobIntake(session, parts.write, parts.options.signal);
    this.metadata = parts.write.createWriter('metadata');
  }

  async take(planned: PlannedImport): Promise<void> {
    const { tag, existing } = planned;
    const { id, commit } = existing ?? (await this.addPoint(planned));
    this.unpublished.push({ planned, id });
    if (tag.commit !== undefined) this.foundation.commits.set(tag.commit, commit);
    if (existing === undefined) this.foundation.latest = commit;
    this.foundation.copied.next();
    if (this.groupBytes >= GROUP_BYTES) await this.publish();
  }

  /** All that was taken so far becomes visible. */
  async publish(): Promise<void> {
    const { write, options } = this.parts;
    checkAborted(options.signal);
    const data = await this.blobs.finish();
    const metadata = await this.metadata.finish();
    const packs = [...data.packs, ...metadata];
    this.newObjects += data.newObjects + this.metadata.counts.newObjects;
    this.storedBytes += packs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    this.blobs = new BlobIntake(this.session, write, options.signal);
    this.metadata = write.createWriter('metadata');
    this.groupBytes = 0;
    await requireIdle(this.session);
    await write.publish(packs);
    for (const each of this.unpublished) this.points.push(await this.makeVisible(each));
    this.unpublished = [];
  }

  taken(): TakenPoints {
    const { points, newObjects, storedBytes } = this;
    return { points, submodules: [...this.submodules].sort(), newObjects, storedBytes };
  }

  async abort(): Promise<void> {
    await this.blobs.abort();
    await this.metadata.abort();
  }

  private async addPoint(planned: PlannedImport): Promise<{ id: ObjectId; commit: ObjectId }> {
    const { metadata } = this;
    const { tree, summary } = await this.addTree(planned);
    const author = identityOf(planned.tag, summary);
    const parents = this.parentsOf(planned);
    const commit = await metadata.add(
      'commit',
      encodeCommit({ tree, parents, author, message: summary.message }),
    );
    const tag = encodeTag({
      ...{ object: commit, kind: 'commit', name: planned.name, tagger: author },
      message: encodeTagMessage(summary),
    });
    return { id: await metadata.add('tag', tag), commit };
  }

  private async addTree(planned: PlannedImport): Promise<{ tree: ObjectId; summary: TagSummary }> {
    const { parts, foundation, blobs, metadata, session } = this;
    const { repository, place, options } = parts;
    const { tag, exported } = planned;
    const means = {
      ...{ repository, blobs, metadata, format: session.store.format, signal: options.signal },
      onFiles: (counts: { files: number; bytes: number }) => this.progress(tag.name, counts),
    };
    if (exported !== undefined) {
      const { copied } = foundation;
      return { tree: await copyPointTree({ ...means, copied }, tag.tree), summary: exported };
    }
    const onSubmodule = (path: string) => this.submodules.add(path);
    const made = await addForeignTree({ ...means, onSubmodule }, planned, {
      place,
      before: foundation.before,
    });
    foundation.before = made.directory;
    return made;
  }

  /** Exported points keep theirs, as far as they are known here; others follow what came before. */
  private parentsOf({ tag, exported }: PlannedImport): ObjectId[] {
    const { latest, commits } = this.foundation;
    if (exported === undefined) return latest === undefined ? [] : [latest];
    const isOwnFormat = this.parts.repository.objectFormat === this.session.store.format;
    return tag.parents.flatMap((parent) => commits.get(parent) ?? (isOwnFormat ? [parent] : []));
  }

  private progress(tag: string, { files, bytes }: { files: number; bytes: number }): void {
    this.read.files += files;
    this.read.bytes += bytes;
    this.groupBytes += bytes;
    this.parts.options.onProgress?.({ tag, ...this.read });
  }

  private async makeVisible({ planned, id }: Unpublished): Promise<ImportedPoint> {
    const { name, tag, existing, isRemoved, exported } = planned;
    const point = { name, id, tag: tag.name, exported: exported !== undefined };
    if (existing !== undefined && !isRemoved) return { ...point, outcome: 'present' };
    const change =
      existing === undefined
        ? { name: POINTS + name, expected: undefined, value: id }
        : { name: REMOVED + id, expected: id, value: undefined };
    try {
      await this.session.store.refs.update([change]);
    } catch (error) {
      if (isSavepointError(error, 'REF_MOVED')) throw nameTaken(name, error);
      throw error;
    }
    return { ...point, outcome: existing === undefined ? 'added' : 'recovered' };
  }
}
