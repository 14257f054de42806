// Captures one component of files: what its definition says, what came of it, and what went wrong on the way.
import type { ChunkCutter } from '../store/chunking/chunk-cutter.js';
import type { ObjectFormat, ObjectId } from '../store/object-id.js';
import type { Platform } from '../store/platform.js';
import type { ComponentDefinition, ComponentRole } from './components.js';
import {
  type CaptureCounts,
  type CapturePool,
  captureTree,
  compileExcludes,
  type FileStatCaches,
} from './composition.js';
import type { ComponentRecord, PointProblem } from './point-record.js';

/** What was captured of a component. */
export interface CaptureSummary extends CaptureCounts {
  readonly name: string;
  readonly origin: string;
  /** The id of the component's `files` tree: what `git write-tree` gives where there is no special metadata. */
  readonly tree: ObjectId;
  readonly attributes: ObjectId;
}

export interface CaptureMeans {
  readonly cache: Awaited<ReturnType<FileStatCaches['find']>>;
  readonly pool: CapturePool;
  readonly metadata: Parameters<typeof captureTree>[0]['metadata'];
  readonly platform: Platform;
  readonly cutter: ChunkCutter;
  readonly format: ObjectFormat;
  /** Never captured. */
  readonly storeLocation: string;
  /** Relative paths to which the capture is limited further; all where this is missing. */
  readonly scope?: readonly string[];
  readonly onProgress?: (counts: CaptureCounts) => void;
  readonly signal?: AbortSignal;
}

export async function captureComponent(definition: ComponentDefinition, means: CaptureMeans) {
  const capturedAt = new Date().toISOString();
  const { cache, pool, metadata, platform, cutter, format, onProgress, signal } = means;
  const includes = includedBy(definition, means.scope);
  const captured = await captureTree({
    root: definition.origin,
    ...(includes === undefined ? {} : { includes }),
    oneFileSystem: definition.oneFileSystem,
    skip: new Set([means.storeLocation]),
    cache,
    pool,
    metadata,
    platform,
    cutter,
    format,
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(signal === undefined ? {} : { signal }),
  });
  const { counts, ids } = captured;
  const summary: CaptureSummary = {
    name: definition.name,
    origin: definition.origin,
    tree: ids.files,
    attributes: ids.attributes,
    ...counts,
  };
  const problems = captured.problems.map(
    ({ path, code, message }): PointProblem => ({ component: definition.name, path, code, message }),
  );
  return {
    definition,
    summary,
    record: recordOf(definition, { counts, capturedAt }),
    problems,
    rows: captured.rows,
  };
}

function recordOf(
  definition: ComponentDefinition,
  detail: { counts: CaptureCounts; capturedAt: string },
): ComponentRecord {
  const { name, origin, only, exclude, oneFileSystem, role } = definition;
  const { files, directories, bytes } = detail.counts;
  const { kind, category, dependsOn, critical, onError, validate = [], swap } = role ?? PLAIN_FILES;
  return {
    ...{ name, kind, category, adapterVersion: 1, origin },
    ...(only === undefined ? {} : { only }),
    ...(exclude === undefined ? {} : { exclude }),
    ...{
      oneFileSystem,
      capturedAt: detail.capturedAt,
      consistency: 'crash',
      dependsOn,
      ...(critical ? { critical } : {}),
      ...(onError === undefined ? {} : { onError }),
      ...(validate.length === 0 ? {} : { validate }),
      ...(swap === true ? { swap } : {}),
      files,
      directories,
      bytes,
    },
  };
}

const PLAIN_FILES: ComponentRole = { kind: 'files', category: 'filesystem', dependsOn: [], critical: false };

type Includes = (relativePath: string, name: string) => boolean;

function includedBy(
  definition: ComponentDefinition,
  scope: readonly string[] | undefined,
): Includes | undefined {
  const conditions: Includes[] = [];
  if (definition.only !== undefined) conditions.push(withinScope(definition.only));
  if (scope !== undefined) conditions.push(withinScope(scope));
  const excluded = compileExcludes(definition.exclude ?? [], definition.origin);
  if (excluded !== undefined) conditions.push((path, name) => !excluded(path, name));
  if (conditions.length === 0) return undefined;
  return (path, name) => conditions.every((condition) => condition(path, name));
}

/** Whether a path is one of `scope`, below one of them, or on the way to one. */
export function withinScope(scope: readonly string[]): (relativePath: string) => boolean {
  if (scope.includes('')) return () => true;
  return (path) =>
    scope.some((wanted) => path === wanted || path.startsWith(`${wanted}/`) || wanted.startsWith(`${path}/`));
}
