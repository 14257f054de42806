// The live state of components, as trees to compare a point with. Files are hashed, or vouched for by the stat cache,
// and nothing is stored: what the store lacks stays in memory.
import { isSavepointError, type SavepointError } from '../store/errors.js';
import type { ObjectId, ObjectKind } from '../store/object-id.js';
import type { StoredObject } from '../store/object-reader.js';
import { hashObject } from '../store/objects/object-header.js';
import { beginLook } from '../store/store.js';
import { type CapturedComponent, type CaptureSummary, captureComponent } from './capture-component.js';
import type { CaptureMeans } from './capture-means.js';
import { captureTogether } from './capture-together.js';
import type { ComponentDefinition } from './components.js';
import {
  type CaptureCounts,
  createCapturePool,
  type DirectoryIds,
  FileStatCaches,
  hasXattrCalls,
  statPath,
} from './composition.js';
import type { ComponentRecord, PointProblem } from './point-record.js';
import type { ObjectSource, TreeContext } from './point-tree.js';
import { listAllPointRefs } from './points.js';
import type { Session } from './session.js';
import { previousFinder } from './state/find-previous.js';

export interface LiveComponent {
  /** Missing where there is nothing at the component's origin. */
  readonly ids: DirectoryIds | undefined;
  readonly summary: CaptureSummary | undefined;
  /** The paths that it is limited to, relative to its origin; all where this is missing. */
  readonly only?: readonly string[] | undefined;
  readonly problems: readonly PointProblem[];
}

export interface LiveState {
  readonly context: TreeContext;
  /** The size of a document; `undefined` where its content was not kept. */
  readonly findDocumentSize: (id: ObjectId) => number | undefined;
  readonly components: ReadonlyMap<string, LiveComponent>;
}

export interface LiveStateOptions {
  /** Relative paths of a component to which the look is limited, by the component's name. */
  readonly scopes?: ReadonlyMap<string, readonly string[]>;
  /** Hears of components whose state can't be read: they are then looked at as far as they are files. Where this is missing, that is thrown. */
  readonly onUnreadable?: (component: string, error: SavepointError) => void;
  readonly onProgress?: (component: string, counts: CaptureCounts) => void;
  readonly signal?: AbortSignal;
}

/** Looks at `definitions` as they are now. */
export async function readLiveState(
  session: Session,
  definitions: readonly ComponentDefinition[],
  options: LiveStateOptions = {},
): Promise<LiveState> {
  const look = await beginLook(session.store);
  const directory = session.threads ? session.location : undefined;
  const pool = createCapturePool({ write: look.write, directory, hashOnly: true });
  const memory = new MemoryObjects(session, look.reader);
  const points = await listAllPointRefs(session);
  const findPrevious = previousFinder(session, { reader: look.reader, points });
  const caches = new FileStatCaches(session.store);
  const meansFor = ({ name }: ComponentDefinition): CaptureMeans => {
    const scope = options.scopes?.get(name);
    const { onProgress } = options;
    return {
      findCache: ({ origin: root, only }) =>
        caches.find({ root, only }, (id) => points.some((point) => point.id === id)),
      adapters: session.adapters,
      findPrevious,
      pool,
      metadata: memory,
      onDocument: (id, sizeBytes) => memory.note(id, sizeBytes),
      platform: session.store.platform,
      cutter: session.store.createCutter(),
      format: session.store.format,
      storeLocation: session.location,
      ...(scope === undefined ? {} : { scope }),
      ...(onProgress && { onProgress: (counts) => onProgress(name, counts) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    };
  };
  const components = new Map<string, LiveComponent>();
  try {
    const looks = await captureTogether(definitions, (definition) =>
      lookAt(definition, meansFor(definition), options.onUnreadable),
    );
    definitions.forEach(({ name }, index) => {
      components.set(name, looks[index]);
    });
  } finally {
    await pool.abort();
  }
  const context = { source: memory, format: session.store.format };
  return { context, findDocumentSize: (id) => memory.sizeOf(id), components };
}

/** A component as one side of a comparison. */
export function sideOf({ context, components }: LiveState, name: string) {
  const found = components.get(name);
  return { context, ids: found?.ids, only: found?.only, withoutXattrs: !hasXattrCalls() };
}

async function lookAt(
  definition: ComponentDefinition,
  means: CaptureMeans,
  onUnreadable: LiveStateOptions['onUnreadable'],
): Promise<LiveComponent> {
  if (statPath(definition.origin) !== 'directory')
    return { ids: undefined, summary: undefined, problems: [] };
  const { summary, problems, record } = await captureReadable(definition, means, onUnreadable);
  const ids = { files: summary.tree, attributes: summary.attributes };
  return { ids, summary, problems, only: record.only };
}

/** As far as it can be read, where somebody hears of the rest. */
async function captureReadable(
  definition: ComponentDefinition,
  means: CaptureMeans,
  onUnreadable: LiveStateOptions['onUnreadable'],
): Promise<CapturedComponent> {
  try {
    return await captureComponent(definition, means);
  } catch (error) {
    if (onUnreadable === undefined || definition.settings === undefined) throw error;
    if (!isSavepointError(error) || error.code === 'ABORTED') throw error;
    onUnreadable(definition.name, error);
    const { settings: _, only = [], ...files } = definition;
    return captureComponent({ ...files, only }, means);
  }
}

/** The definition that a component of a point was captured by. */
export function definitionOf(record: ComponentRecord): ComponentDefinition {
  const { name, origin, settings, only, exact, exclude, oneFileSystem } = record;
  const { kind, category, dependsOn, onError, validate, swap, neverRevert, reload, checkFormats } = record;
  return {
    ...{ name, origin, oneFileSystem },
    ...(settings === undefined ? {} : { settings }),
    role: {
      ...{ kind, category, dependsOn, critical: record.critical === true, onError, validate, swap },
      ...{ neverRevert, reload, checkFormats },
    },
    ...(only === undefined ? {} : { only }),
    ...(exact === undefined ? {} : { exact }),
    ...(exclude === undefined ? {} : { exclude }),
  };
}

/** Objects that are hashed and kept in memory; what is not among them is read from the store. */
class MemoryObjects implements ObjectSource {
  private readonly objects = new Map<ObjectId, StoredObject>();
  private readonly sizes = new Map<ObjectId, number>();

  constructor(
    private readonly session: Session,
    private readonly store: ObjectSource,
  ) {}

  async add(kind: ObjectKind, content: Uint8Array): Promise<ObjectId> {
    const { platform, format } = this.session.store;
    const id = hashObject(platform, format, { kind, content });
    this.objects.set(id, { kind, content });
    return id;
  }

  /** Of what is in memory, or was not kept. */
  sizeOf(id: ObjectId): number | undefined {
    return this.objects.get(id)?.content.length ?? this.sizes.get(id);
  }

  /** Of a content that is not kept. */
  note(id: ObjectId, sizeBytes: number): void {
    this.sizes.set(id, sizeBytes);
  }

  async read(id: ObjectId): Promise<StoredObject> {
    return this.objects.get(id) ?? this.store.read(id);
  }
}
