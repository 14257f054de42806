// Captures a component by its state adapter: the documents that the adapter hands out, grafted into a tree of the host's own
// files that belong to the component. Two captures of the same state have the same trees, but for what is only observed.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSavepointError, SavepointError } from '../../store/errors.js';
import { compareNames } from '../../store/names.js';
import { type CapturedFiles, captureFiles, problemsOf } from '../capture-files.js';
import type { CaptureMeans } from '../capture-means.js';
import type { ComponentDefinition } from '../components.js';
import {
  type CaptureCounts,
  captureDocuments,
  type DirectoryIds,
  type FileSelection,
  type Graft,
  nearestRealPath,
  OBSERVED_NAME,
  type StateAdapter,
  type StateProblem,
  writeDocumentRoot,
} from '../composition.js';
import type { PointProblem } from '../point-record.js';
import { findEntryBelow } from '../point-tree.js';
import { isUnreadable } from '../unreadable.js';
import { measureDocuments, stateReader } from './state-reader.js';

/** A component that a state adapter captures. */
export type StateDefinition = ComponentDefinition & Required<Pick<ComponentDefinition, 'settings' | 'role'>>;

/** Whether a state adapter captures a component; one of files has no settings. */
export function isOfState(definition: ComponentDefinition): definition is StateDefinition {
  return definition.settings !== undefined && definition.role !== undefined;
}

export interface CapturedState {
  /** Limited to the files that belong to the component now, and did when `definition` was recorded. */
  readonly definition: ComponentDefinition;
  readonly adapter: StateAdapter;
  readonly ids: DirectoryIds;
  readonly counts: CaptureCounts;
  readonly problems: readonly PointProblem[];
  readonly rows: CapturedFiles['rows'];
  /** Equal for equal state, whatever was observed besides. */
  readonly fingerprint: string;
}

/** Throws ADAPTER_MISSING, and what the adapter throws, with the component's name. */
export async function captureState(definition: StateDefinition, means: CaptureMeans): Promise<CapturedState> {
  const { name, role, settings } = definition;
  const adapter = await means.adapters.get(role.kind, name);
  const context = {
    ...{ component: name, settings },
    ...(means.signal === undefined ? {} : { signal: means.signal }),
  };
  return naming(name, async () => {
    const selected = withFiles(definition, await adapter.files?.(context));
    const reported: StateProblem[] = [];
    const captured = await captureAnyway(adapter, { context, means, reported });
    const grafts = await captured.tree.write(means.metadata, means.format);
    const files = await captureWithDocuments(selected, means, grafts);
    const { counts } = files;
    const ofState = [
      ...reported.map(({ object, ...rest }) => ({ path: object, ...rest })),
      ...captured.problems,
    ];
    return {
      ...{ definition: selected, adapter, ids: files.ids, rows: files.rows },
      counts: {
        ...counts,
        files: counts.files + captured.files,
        bytes: counts.bytes + captured.bytes,
      },
      problems: [...files.problems, ...problemsOf(name, ofState)],
      fingerprint: [
        files.ownFiles ?? '',
        ...grafts.filter((graft) => graft.name !== OBSERVED_NAME).map(({ ids }) => ids.files),
      ].join(' '),
    };
  });
}

/** The definition, limited to files that belong to it by what was recorded, or by what the adapter says now. */
function withFiles(definition: StateDefinition, selection: FileSelection | undefined): StateDefinition {
  const selected = (selection?.paths ?? []).map((path) => nearestRealPath(path).slice(1));
  const only = [...new Set([...(definition.only ?? []), ...selected])].sort(compareNames);
  const exclude = [...new Set([...(definition.exclude ?? []), ...(selection?.exclude ?? [])])];
  const { only: _, exclude: __, ...rest } = definition;
  return {
    ...rest,
    ...(only.length === 0 ? {} : { only }),
    ...(exclude.length === 0 ? {} : { exclude }),
  };
}

interface CaptureDetail {
  readonly context: Parameters<NonNullable<StateAdapter['files']>>[0];
  readonly means: CaptureMeans;
  readonly reported: StateProblem[];
}

/** Where something of the last point is lost that is as before, all is captured anew. */
async function captureAnyway(adapter: StateAdapter, detail: CaptureDetail) {
  try {
    return await captureAll(adapter, detail);
  } catch (error) {
    const { findPrevious, ...means } = detail.means;
    if (findPrevious === undefined || !isUnreadable(error)) throw error;
    detail.reported.splice(0);
    return captureAll(adapter, { ...detail, means });
  }
}

async function captureAll(adapter: StateAdapter, detail: CaptureDetail) {
  const { context, means, reported } = detail;
  let scratch: string | undefined;
  let found: ReturnType<NonNullable<CaptureMeans['findPrevious']>> | undefined;
  const before = async () => {
    found ??= means.findPrevious?.(context.component);
    return found;
  };
  try {
    const documents = adapter.capture({
      ...context,
      previous: async () => {
        const last = await before();
        return last && stateReader(last.context, last.ids);
      },
      scratch: () => {
        scratch ??= mkdtempSync(join(tmpdir(), 'savepoint-'));
        return scratch;
      },
      report: (problem) => reported.push(problem),
    });
    return await captureDocuments(documents, {
      ...means,
      findBefore: async (path) => {
        const last = await before();
        const entry = last && (await findEntryBelow(last.context, last.ids, path));
        if (last === undefined || entry === undefined) return undefined;
        if (entry.directory !== undefined) {
          const size = await measureDocuments(last.context, entry.directory);
          return { stored: entry.directory, ...size };
        }
        if (entry.id === undefined) return undefined;
        return { id: entry.id, files: 1, bytes: (await last.context.sizeBytes?.(entry.id)) ?? 0 };
      },
    });
  } finally {
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
  }
}

/** The component's own files, where it has any, with its documents. */
async function captureWithDocuments(
  definition: StateDefinition,
  means: CaptureMeans,
  grafts: readonly Graft[],
): Promise<CapturedFiles> {
  if (definition.only !== undefined) return captureFiles(definition, means, grafts);
  const ids = await writeDocumentRoot(grafts, { sink: means.metadata, format: means.format });
  return { ids, rows: [], problems: [], counts: NOTHING, ownFiles: undefined };
}

const NOTHING: CaptureCounts = { files: 0, directories: 0, bytes: 0, unchangedFiles: 0, sockets: 0 };

/** What an adapter says of an object is of a component. */
async function naming<T>(component: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSavepointError(error) || error.code === 'ABORTED' || error.fields['component'] !== undefined)
      throw error;
    throw new SavepointError(error.code, `The component '${component}' can't be captured: ${error.message}`, {
      fields: { ...error.fields, component },
      cause: error,
    });
  }
}
