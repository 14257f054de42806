// What differs between a volume and the point that it was mounted from. Trees of what changed are made in memory, and all
// else is skipped by its ids: the cost follows the change.
import type { Volume } from 'memfs';
import { SavepointError } from '../../../store/errors.js';
import type { ObjectId, ObjectKind } from '../../../store/object-id.js';
import type { StoredObject } from '../../../store/object-reader.js';
import { hashObject } from '../../../store/objects/object-header.js';
import { readOwnerNames } from '../../composition.js';
import { diffOpened, type FileChange } from '../../diff-points.js';
import { type DiffedComponent, type DiffQuery, openSides } from '../../diff-query.js';
import type { StateContext } from '../../file-state.js';
import type { PointComponent } from '../../point-tree.js';
import type { Session } from '../../session.js';
import { isUnreadable } from '../../unreadable.js';
import { originOf, type VolumeOrigin } from '../mount-point.js';
import type { PointView } from '../point-view.js';
import { readComponents } from './open-volume.js';
import type { FileBytes } from './volume-file.js';
import { type VolumeSink, writeVolume } from './write-volume.js';

export type DiffVolumeOptions = Pick<DiffQuery, 'paths' | 'renames' | 'signal'>;

/**
 * The changes from the point to the volume as it is now, as `diff` gives them. Throws USAGE for a volume that was not
 * mounted from a point of this store, PATH_NOT_FOUND for paths that neither has, and what reading objects throws.
 */
export async function* diffVolume(
  session: Session,
  volume: Volume,
  options: DiffVolumeOptions = {},
): AsyncGenerator<FileChange> {
  const { view } = requireOrigin(session, volume);
  const objects = new VolumeObjects(session, view);
  const sink = { ...objects.sink(), signal: options.signal };
  const after = new Map<string, PointComponent & DiffedComponent>();
  for (const { files, record } of readComponents(volume, {}, { reuses: true })) {
    const ids = await writeVolume(files, sink);
    after.set(record.name, { record, ids, context: objects.context });
  }
  const { context } = objects;
  const before = new Map(view.parts().map((part) => [part.record.name, { ...part, context }]));
  yield* diffOpened(session, await openSides({ before, after, context }, options.paths), options);
}

function requireOrigin(session: Session, volume: Volume): VolumeOrigin {
  const origin = originOf(volume);
  if (origin?.storeId === session.store.settings.id) return origin;
  throw new SavepointError(
    'USAGE',
    'The volume was not mounted from a point of this store, so there is nothing that it could have changed from.',
  );
}

/** What the view can read, and what of the volume it can't. */
class VolumeObjects {
  private readonly metadata = new Map<ObjectId, StoredObject>();
  private readonly contents = new Map<ObjectId, FileBytes>();

  constructor(
    private readonly session: Session,
    private readonly view: PointView,
  ) {}

  get context(): StateContext {
    return {
      format: this.session.store.format,
      source: { read: async (id) => this.read(id) },
      findSize: async (id) => this.findSize(id),
    };
  }

  sink(): Omit<VolumeSink, 'signal'> {
    const { platform, format } = this.session.store;
    return {
      ...{ format, owners: readOwnerNames() },
      addMetadata: async (kind: ObjectKind, content: Uint8Array) => {
        const id = hashObject(platform, format, { kind, content });
        this.metadata.set(id, { kind, content });
        return id;
      },
      addContent: async (content) => {
        const id = hashObject(platform, format, { kind: 'blob', content: content.read() });
        this.contents.set(id, content);
        return id;
      },
    };
  }

  private read(id: ObjectId): StoredObject {
    const content = this.contents.get(id);
    if (content !== undefined) return { kind: 'blob', content: content.read() };
    return this.metadata.get(id) ?? this.view.reader.read(id);
  }

  private findSize(id: ObjectId): number | undefined {
    const known = this.contents.get(id)?.sizeBytes ?? this.metadata.get(id)?.content.length;
    if (known !== undefined) return known;
    try {
      return this.view.reader.sizeBytes(id);
    } catch (error) {
      if (isUnreadable(error)) return undefined;
      throw error;
    }
  }
}
