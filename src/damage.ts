// Finds out which points and paths are hurt by objects that are missing or damaged: walks the trees of all points,
// each distinct subtree once.
import { SavepointError } from '../store/errors.js';
import type { ObjectIndex } from '../store/index/object-index.js';
import type { ObjectId } from '../store/object-id.js';
import { ObjectReader, type StoredObject } from '../store/object-reader.js';
import { RECIPE_FLAG } from '../store/pack/record.js';
import type { DirectoryIds } from './composition.js';
import { readComponents, readDirectory, readPointRecord, type TreeContext } from './point-tree.js';
import { type PointRef, readPoint } from './points.js';
import type { Session } from './session.js';
import { isUnreadable } from './unreadable.js';

/** A path that can't be restored, and the object that is to blame. */
export interface HurtPath {
  /** `component:relative/path`; empty where the point itself can't be read. */
  readonly path: string;
  readonly id: ObjectId;
}

export interface HurtPoint {
  readonly point: string;
  readonly paths: readonly HurtPath[];
}

/** Those of `refs` that are hurt. `index` is loaded whole; `lost` are objects that are there and can't be read. */
export async function findDamage(
  session: Session,
  refs: readonly PointRef[],
  { index, lost }: { index: ObjectIndex; lost: ReadonlySet<ObjectId> },
): Promise<HurtPoint[]> {
  const walk = new DamageWalk(session, index, lost);
  const hurt: HurtPoint[] = [];
  for (const ref of refs) {
    const paths = await walk.walkPoint(ref);
    if (paths.length > 0) hurt.push({ point: ref.name, paths });
  }
  return hurt;
}

class DamageWalk {
  private readonly context: TreeContext;
  private readonly reader: ObjectReader;
  private readonly known = new Map<string, readonly HurtPath[]>();

  constructor(
    private readonly session: Session,
    private readonly index: ObjectIndex,
    private readonly lost: ReadonlySet<ObjectId>,
  ) {
    this.reader = new ObjectReader(session.store, index);
    this.context = { source: { read: (id) => this.read(id) }, format: session.store.format };
  }

  async walkPoint(ref: PointRef): Promise<HurtPath[]> {
    try {
      const point = await readPoint(this.session, this.context.source, ref);
      await readPointRecord(this.context, point);
      const hurt: HurtPath[] = [];
      for (const [name, { ids }] of await readComponents(this.context, point)) {
        for (const { path, id } of await this.walkDirectory(ids)) hurt.push({ path: `${name}:${path}`, id });
      }
      return hurt;
    } catch (error) {
      return [{ path: '', id: blamedId(error, ref.id) }];
    }
  }

  /** As the reader does; a failure names the object that is to blame for it. */
  private async read(id: ObjectId): Promise<StoredObject> {
    try {
      return await this.reader.read(id);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      const blamed = (await this.findLost(id)) ?? id;
      throw new SavepointError(error.code, error.message, {
        fields: { ...error.fields, id: blamed },
        cause: error,
      });
    }
  }

  /** Paths below a directory, relative to it. */
  private async walkDirectory(ids: DirectoryIds): Promise<readonly HurtPath[]> {
    const key = `${ids.files} ${ids.attributes}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const hurt = await this.walkEntries(ids);
    this.known.set(key, hurt);
    return hurt;
  }

  private async walkEntries(ids: DirectoryIds): Promise<HurtPath[]> {
    const hurt: HurtPath[] = [];
    try {
      for (const [name, entry] of (await readDirectory(this.context, ids)).entries) {
        if (entry.directory !== undefined) {
          for (const { path, id } of await this.walkDirectory(entry.directory)) {
            hurt.push({ path: path === '' ? name : `${name}/${path}`, id });
          }
        } else if (entry.id !== undefined) {
          const blamed = await this.findLost(entry.id);
          if (blamed !== undefined) hurt.push({ path: name, id: blamed });
        }
      }
    } catch (error) {
      hurt.push({ path: '', id: blamedId(error, ids.files) });
    }
    return hurt;
  }

  /** The object that keeps `id` from being read: itself, or one of its chunks. */
  private async findLost(id: ObjectId): Promise<ObjectId | undefined> {
    const location = this.index.findLoaded(id);
    if (location === undefined || location.missing || this.lost.has(id)) return id;
    if ((location.entry.kind & RECIPE_FLAG) === 0) return undefined;
    try {
      for (const chunk of (await this.reader.findRecipe(id))?.chunks ?? []) {
        if ((await this.findLost(chunk.id)) !== undefined) return chunk.id;
      }
      return undefined;
    } catch (error) {
      return blamedId(error, id);
    }
  }
}

/** The object that a failed read names, or else `fallback`. */
function blamedId(error: unknown, fallback: ObjectId): ObjectId {
  if (!isUnreadable(error)) throw error;
  return (error.fields['id'] as ObjectId | undefined) ?? fallback;
}
