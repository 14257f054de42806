// Plans what turns the state of a component that a state adapter captures into another one: the adapter compares, from what
// differs between the documents of both.
import { SavepointError } from '../../store/errors.js';
import {
  type DirectoryIds,
  isDocumentPath,
  type JsonObject,
  type StateAdapter,
  type StatePlan,
} from '../composition.js';
import { diffTrees } from '../diff.js';
import type { ComponentRecord } from '../point-record.js';
import type { StateAdapters } from '../state/state-adapters.js';
import { type DocumentSource, stateReader } from '../state/state-reader.js';

/** The documents of a component as one of two states has them. */
export interface StateSide {
  readonly context: DocumentSource;
  /** Missing where nothing is there. */
  readonly ids: DirectoryIds | undefined;
}

/** What is done to the state of a component, besides its files. */
export interface ComponentStatePlan extends StatePlan {
  readonly adapter: StateAdapter;
  readonly settings: JsonObject;
  readonly from: StateSide;
  readonly to: StateSide;
}

export interface StateChange {
  readonly from: StateSide;
  readonly to: StateSide;
  /** Absolute paths of the component's own files that change. */
  readonly files: readonly string[];
  /** Components that it depends on, and that change. */
  readonly dependencies: readonly string[];
}

/** Throws ADAPTER_MISSING, STORE_NEWER, UNSUPPORTED where the kind can't be put back, and what the adapter throws. */
export async function planState(
  { name, kind, adapterVersion, settings = {} }: ComponentRecord,
  adapters: StateAdapters,
  change: StateChange,
): Promise<ComponentStatePlan> {
  const adapter = await adapters.get(kind, name);
  requireAbility(adapter, { name, adapterVersion });
  const { from, to, files, dependencies } = change;
  const comparison = {
    ...{ from: stateReader(from.context, from.ids), to: stateReader(to.context, to.ids) },
    ...{ changed: await changedDocuments(from, to), files, dependencies },
  };
  const plan = await adapter.compare(comparison, { component: name, settings });
  return { ...plan, adapter, settings, from, to };
}

/** The paths of documents that are not the same on both sides. */
export async function changedDocuments(before: StateSide, after: StateSide): Promise<string[]> {
  const changed: string[] = [];
  for await (const change of diffTrees({ before, after })) {
    const isDirectory = change.before?.directory !== undefined || change.after?.directory !== undefined;
    if (isDocumentPath(change.path) && !isDirectory) changed.push(change.path);
  }
  return changed;
}

function requireAbility(adapter: StateAdapter, record: { name: string; adapterVersion: number }): void {
  const { name, adapterVersion } = record;
  if (adapterVersion > adapter.version) {
    throw new SavepointError(
      'STORE_NEWER',
      `The point has ${name} in version ${adapterVersion} of the kind '${adapter.kind}'; use a newer savepoint to roll it back.`,
      { fields: { component: name, found: adapterVersion, expected: adapter.version } },
    );
  }
  if (adapter.supports.restore) return;
  throw new SavepointError(
    'UNSUPPORTED',
    `${name} is of the kind '${adapter.kind}', which can be looked at and compared, and not be put back. Name the other components by --component.`,
    { fields: { component: name, kind: adapter.kind } },
  );
}
