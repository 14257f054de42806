// Writes points into a bundle: a file that becomes visible when it is whole, or a stream.
import type { BundleBlock } from '../../store/bundle/read-pack-blocks.js';
import { type SelectedObjects, selectObjects } from '../../store/bundle/select-objects.js';
import { writeBundle } from '../../store/bundle/write-bundle.js';
import { SavepointError } from '../../store/errors.js';
import { createDurableFile } from '../composition.js';
import { findPoints, listAllPointRefs, listPointRefs, type Point } from '../points.js';
import type { Session } from '../session.js';
import { type BundledPoint, encodeDescription, type RequiredPoint } from './bundle-description.js';
import { type OpenBundle, openBundle } from './open-bundle.js';
import { readAll } from './read-all.js';
import { requireFormat } from './require-format.js';

/** Where a bundle goes: a file by its path, or a function that takes its bytes in order, and keeps none of them. */
export type BundleTarget = string | ((bytes: Uint8Array) => void | Promise<void>);

export interface CreateBundleOptions {
  /** Points that the other store has: what they hold is left out. */
  readonly since?: readonly string[];
  /** Files of bundles that the other store has taken in: what they hold is left out. */
  readonly bases?: readonly string[];
  readonly onProgress?: (progress: BundleProgress) => void;
  readonly signal?: AbortSignal;
}

export interface BundleProgress {
  readonly bytes: number;
  /** Missing where it is not known, and else about right. */
  readonly totalBytes?: number;
}

export interface CreatedBundle {
  readonly points: readonly BundledPoint[];
  /** What the other store has to have. */
  readonly requires: readonly RequiredPoint[];
  readonly objects: number;
  readonly bytes: number;
}

/** Throws POINT_NOT_FOUND, USAGE where nothing would be in it, and what reading and writing throw: then there is no bundle. */
export async function createBundle(
  session: Session,
  request: { readonly target: BundleTarget; readonly points: readonly string[] },
  options: CreateBundleOptions = {},
): Promise<CreatedBundle> {
  const points = await inOrder(session, await findPoints(session, request.points));
  const since = await findPoints(session, options.since ?? []);
  const bases: OpenBundle[] = [];
  try {
    for (const base of options.bases ?? []) bases.push(await openBundle(base));
    const requires = uniquePoints([...since, ...bases.flatMap((base) => base.points)]);
    requireNews(points, requires);
    const selected = await select(session, { points, requires, bases, options });
    return await write(session, request.target, { points, requires, selected, options });
  } finally {
    for (const base of bases) await base.close();
  }
}

async function select(
  session: Session,
  what: {
    readonly points: readonly RequiredPoint[];
    readonly requires: readonly RequiredPoint[];
    readonly bases: readonly OpenBundle[];
    readonly options: CreateBundleOptions;
  },
): Promise<SelectedObjects> {
  const { signal } = what.options;
  for (const base of what.bases) requireFormat(session, base);
  const there = new Set((await listAllPointRefs(session)).map(({ id }) => id));
  return selectObjects(session.store, {
    points: what.points.map(({ id }) => id),
    since: what.requires.map(({ id }) => id).filter((id) => there.has(id)),
    async tellKnown(skip) {
      const onBlock = ({ records }: BundleBlock) => {
        for (const { id } of records) skip(id);
      };
      for (const { reading } of what.bases) await readAll(reading, { signal, onBlock });
    },
    ...(signal === undefined ? {} : { signal }),
  });
}

async function write(
  session: Session,
  to: BundleTarget,
  what: {
    readonly points: readonly BundledPoint[];
    readonly requires: readonly RequiredPoint[];
    readonly selected: SelectedObjects;
    readonly options: CreateBundleOptions;
  },
): Promise<CreatedBundle> {
  const { points, requires, selected, options } = what;
  const { signal } = options;
  const target = openTarget(to);
  try {
    const { bytes, objects } = await writeBundle(session.store, {
      ...{ description: encodeDescription({ points, requires }), selected, sink: target.write },
      onProgress: (written) =>
        options.onProgress?.({ bytes: written, totalBytes: Math.max(written, selected.storedBytes) }),
      ...(signal === undefined ? {} : { signal }),
    });
    await target.finish();
    return { points, requires, objects, bytes };
  } catch (error) {
    await target.abort();
    throw error;
  }
}

/** Oldest first, as the store has them, so that they come into another one in that order. */
async function inOrder(session: Session, found: readonly Point[]): Promise<BundledPoint[]> {
  const byId = new Map(found.map((point) => [point.id, point]));
  const listed = new Set((await listPointRefs(session)).map(({ id }) => id));
  return (await listAllPointRefs(session)).flatMap(({ id }) => {
    const point = byId.get(id);
    if (point === undefined) return [];
    const { commit: _, tree: __, ...described } = point;
    return [{ ...described, safety: !listed.has(id) }];
  });
}

function uniquePoints(points: readonly RequiredPoint[]): RequiredPoint[] {
  return [...new Map(points.map(({ name, id }) => [id, { name, id }])).values()];
}

function requireNews(points: readonly RequiredPoint[], requires: readonly RequiredPoint[]): void {
  const there = new Set(requires.map(({ id }) => id));
  const both = points.filter(({ id }) => there.has(id)).map(({ name }) => name);
  if (both.length === 0) return;
  throw new SavepointError(
    'USAGE',
    `${both.join(', ')} would be in the bundle, and is said to be in the other store already: name only points that it lacks.`,
    { fields: { points: both } },
  );
}

interface OpenTarget {
  readonly write: (bytes: Uint8Array) => Promise<void>;
  readonly finish: () => Promise<void>;
  readonly abort: () => Promise<void>;
}

function openTarget(target: BundleTarget): OpenTarget {
  if (typeof target !== 'string') {
    const nothing = async () => undefined;
    return { write: async (bytes) => target(bytes), finish: nothing, abort: nothing };
  }
  const file = createDurableFile(target);
  return { write: file.append, finish: file.commit, abort: file.abort };
}
