// Captures one component: what its definition says, what came of it, and what went wrong on the way.
import type { ObjectId } from '../store/object-id.js';
import { type CapturedFiles, captureFiles } from './capture-files.js';
import type { CaptureMeans } from './capture-means.js';
import type { ComponentDefinition, ComponentRole } from './components.js';
import { type CaptureCounts, hasXattrCalls } from './composition.js';
import type { ComponentRecord, PointProblem } from './point-record.js';
import { captureState, isOfState } from './state/capture-state.js';

/** What was captured of a component. */
export interface CaptureSummary extends CaptureCounts {
  readonly name: string;
  readonly kind: string;
  readonly origin: string;
  /** The id of the component's `files` tree: what `git write-tree` gives where there is no special metadata. */
  readonly tree: ObjectId;
  readonly attributes: ObjectId;
  /** Equal for equal content, whatever a state adapter has observed besides. */
  readonly fingerprint: string;
}

export interface CapturedComponent {
  readonly definition: ComponentDefinition;
  readonly summary: CaptureSummary;
  readonly record: ComponentRecord;
  readonly problems: readonly PointProblem[];
  /** Rows for the next capture's stat cache. */
  readonly rows: CapturedFiles['rows'];
}

export async function captureComponent(
  definition: ComponentDefinition,
  means: CaptureMeans,
): Promise<CapturedComponent> {
  const capturedAt = new Date().toISOString();
  const { name, origin } = definition;
  const captured = isOfState(definition)
    ? await captureState(definition, means)
    : await captureFilesAlone(definition, means);
  const { ids, counts, problems, rows, fingerprint } = captured;
  const record = recordOf(captured.definition, { counts, capturedAt, ...captured.adapter });
  return {
    definition: captured.definition,
    summary: {
      name,
      kind: record.kind,
      origin,
      tree: ids.files,
      attributes: ids.attributes,
      fingerprint,
      ...counts,
    },
    ...{ record, problems, rows },
  };
}

async function captureFilesAlone(definition: ComponentDefinition, means: CaptureMeans) {
  const captured = await captureFiles(definition, means);
  return { ...captured, definition, adapter: undefined, fingerprint: captured.ids.files as string };
}

function recordOf(
  definition: ComponentDefinition,
  detail: {
    readonly counts: CaptureCounts;
    readonly capturedAt: string;
    readonly version?: number;
    readonly consistency?: ComponentRecord['consistency'] | undefined;
  },
): ComponentRecord {
  const { name, origin, only, exact, exclude, oneFileSystem, role, settings } = definition;
  const { files, directories, bytes } = detail.counts;
  const { kind, category, dependsOn, critical, onError, validate = [], swap } = role ?? PLAIN_FILES;
  const { neverRevert = [], reload = [], checkFormats } = role ?? PLAIN_FILES;
  return {
    ...{ name, kind, category, adapterVersion: detail.version ?? 1, origin },
    ...(settings === undefined ? {} : { settings }),
    ...(only === undefined ? {} : { only }),
    ...(exact === undefined ? {} : { exact }),
    ...(exclude === undefined ? {} : { exclude }),
    ...{
      oneFileSystem,
      capturedAt: detail.capturedAt,
      consistency: detail.consistency ?? 'crash',
      dependsOn,
      ...(critical ? { critical } : {}),
      ...(onError === undefined ? {} : { onError }),
      ...(validate.length === 0 ? {} : { validate }),
      ...(swap === true ? { swap } : {}),
      ...(neverRevert.length === 0 ? {} : { neverRevert }),
      ...(reload.length === 0 ? {} : { reload }),
      ...(checkFormats === true ? { checkFormats } : {}),
      ...(hasXattrCalls() ? {} : { withoutXattrs: true }),
      files,
      directories,
      bytes,
    },
  };
}

const PLAIN_FILES: ComponentRole = { kind: 'files', category: 'filesystem', dependsOn: [], critical: false };
