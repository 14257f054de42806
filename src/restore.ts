// Puts files of a point back, in place or elsewhere: only what differs, and each file whole or not at all.
import { SavepointError } from '../store/errors.js';
import type { ObjectIndex } from '../store/index/object-index.js';
import { openSoundIndex } from '../store/index/open-sound-index.js';
import { ObjectReader } from '../store/object-reader.js';
import type { LoggedPoint } from '../store/operations/operation-entry.js';
import { applyRestore, hasXattrCalls, makeDirectories, type RestoreStep } from './composition.js';
import { definitionOf, type LiveState, readLiveState } from './live-state.js';
import { logDone } from './log-operation.js';
import type { RestorePlan } from './plan-restore.js';
import { type PointComponent, readComponents, readPointRecord, type TreeContext } from './point-tree.js';
import { findPoint, type Point } from './points.js';
import {
  type PreparedKey,
  prepareKeys,
  type RestoredKey,
  requireInPlace,
  splitKeys,
  writeKeys,
} from './restore-key.js';
import { hasFiles, planTarget, type Target, targetOf } from './restore-target.js';
import { isData } from './rollback/kept-data.js';
import { type ChangedComponent, saveBeforeRestore } from './save-before-restore.js';
import { selectPaths } from './selection.js';
import type { Session } from './session.js';
import { unlessUnwritable } from './unless-unwritable.js';
import { requireNamedProblems, unsavedPaths } from './unsaved-paths.js';

export interface RestoreOptions {
  /**
   * Absolute live paths or component:relative/path; all of the point where there are none. `PATH#KEY` is a single key of a
   * configuration file in a format that is known.
   */
  readonly paths?: readonly string[];
  /** Restore into this directory instead of in place. */
  readonly to?: string;
  /** Only say what would be done. */
  readonly dryRun?: boolean;
  /** Remove files that the point doesn't have. Never anything outside the restored directories. */
  readonly delete?: boolean;
  /** The words of the command line, for the operation log. */
  readonly command?: readonly string[];
  readonly onProgress?: (progress: { readonly bytes: number; readonly totalBytes: number }) => void;
  readonly signal?: AbortSignal;
}

/** What was done, or would be, in one component. Paths are relative to `root`. */
export interface RestoredComponent {
  readonly component: string;
  readonly root: string;
  readonly steps: readonly RestoreStep[];
  /** Files that the point doesn't have, and that were left alone. */
  readonly kept: readonly string[];
  readonly problems: readonly { readonly path: string; readonly code: string; readonly message: string }[];
  readonly bytes: number;
  /** Set where a state adapter has the component: what it holds besides files is put back by a rollback only. */
  readonly filesOnly?: true;
  /** Set where it is data, which a rollback takes along only when asked. */
  readonly isData?: true;
}

export interface RestoreResult {
  readonly point: Point;
  readonly dryRun: boolean;
  readonly components: readonly RestoredComponent[];
  /** Single keys. */
  readonly keys: readonly RestoredKey[];
  /** The state before, which `undo` goes back to; missing where nothing changed in place, and where the store takes nothing. */
  readonly safety?: LoggedPoint;
  /** Set where extended attributes can't be read or given here: files that are replaced lose theirs. */
  readonly withoutXattrs?: true;
  readonly seconds: number;
}

/**
 * Restores `point`. Throws before anything is changed where the point or a path does not exist, content is missing or
 * damaged, the disk is full, or something is in the way.
 */
export async function restore(
  session: Session,
  point: string,
  options: RestoreOptions = {},
): Promise<RestoreResult> {
  const started = performance.now();
  const startedAt = new Date();
  if (options.to === '') {
    const message = 'The directory to restore to has an empty name; name one, or leave --to out.';
    throw new SavepointError('USAGE', message);
  }
  const { found, components, planned, keyed, means } = await prepare(session, point, options);
  const inPlace = options.dryRun !== true && options.to === undefined;
  const changed = [
    ...planned.map(({ target, plan }) => ({ definition: target.definition, steps: plan.steps })),
    ...changesOfKeys(keyed, components),
  ];
  const { signal } = options;
  const safety = inPlace
    ? await saveBeforeRestore(session, changed, { name: found.name, signal })
    : undefined;
  const done: RestoredComponent[] = [];
  for (const { target, plan } of planned) done.push(await restoreComponent(session, { target, plan }, means));
  if (options.dryRun !== true) writeKeys(keyed);
  const names = new Set([...done, ...keyed].map(({ component }) => component));
  if (options.dryRun !== true) await logRestore(session, found, { startedAt, options, done, names, safety });
  return {
    point: found,
    dryRun: options.dryRun ?? false,
    components: done,
    keys: keyed.map(({ content: _, path: __, ...key }) => key),
    ...(safety === undefined ? {} : { safety }),
    ...(hasXattrCalls() ? {} : { withoutXattrs: true }),
    seconds: (performance.now() - started) / 1000,
  };
}

/** Plans all that is to be done, and does nothing: what is in the way of one component keeps the others as they are. */
async function prepare(session: Session, point: string, options: RestoreOptions) {
  const index = await session.store.openIndex();
  const reader = new ObjectReader(session.store, index);
  const context = { source: reader, format: session.store.format };
  const found = await findPoint(session, reader, point);
  const components = await readComponents(context, found);
  const { keys, paths } = await splitKeys(context, components, options.paths ?? []);
  if (keys.length > 0) requireInPlace(options);
  const selection = await selectPaths(context, components, paths);
  if (keys.length > 0 && paths.length === 0) selection.clear();
  const record = await readPointRecord(context, found);
  if (options.delete === true) {
    requireNamedProblems(record, '--delete might remove them. Restore without it.');
  }
  const targets = [...selection].map(([name, scope]) => {
    const component = components.get(name) as PointComponent;
    const unsaved = unsavedPaths(record, component.record);
    return { ...targetOf(component, { scope, to: options.to, alone: selection.size === 1 }), unsaved };
  });
  const live = await readLiveState(
    session,
    targets.filter(hasFiles).map(({ definition }) => definition),
    {
      scopes: new Map([...selection].filter(([, scope]) => !scope.includes(''))),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
  );
  const means = { live, context, index, reader, options };
  const planned: { target: Target; plan: RestorePlan }[] = [];
  for (const target of targets)
    planned.push({
      target,
      plan: await planTarget(target, { live, context, delete: options.delete ?? false }),
    });
  const keyed = await prepareKeys(context, keys, components);
  return { found, components, planned, keyed, means };
}

/** Files that are rewritten for single keys. */
function changesOfKeys(
  keys: readonly PreparedKey[],
  components: ReadonlyMap<string, PointComponent>,
): ChangedComponent[] {
  return keys
    .filter(({ changed }) => changed)
    .map(({ component, path }) => {
      const { settings: _, ...definition } = definitionOf(
        (components.get(component) as PointComponent).record,
      );
      return { definition, steps: [{ path }] };
    });
}

async function logRestore(
  session: Session,
  point: Point,
  detail: {
    startedAt: Date;
    options: RestoreOptions;
    done: readonly RestoredComponent[];
    names: ReadonlySet<string>;
    safety: LoggedPoint | undefined;
  },
): Promise<void> {
  const { startedAt, options, done, names, safety } = detail;
  // The files are back: a store that can only be read serves for that.
  await unlessUnwritable(() =>
    logDone(session, {
      ...{ kind: 'restore', startedAt, command: options.command ?? commandOf(point, options) },
      components: [...names],
      before: safety,
      outcome: done.every(({ problems }) => problems.length === 0) ? 'done' : 'incomplete',
      after: { name: point.name, id: point.id },
    }),
  );
}

function commandOf({ name }: Point, { to }: RestoreOptions): string[] {
  return ['restore', name, ...(to === undefined ? [] : ['--to', to])];
}

interface RestoreMeans {
  readonly live: LiveState;
  readonly context: TreeContext;
  readonly index: ObjectIndex;
  readonly reader: ObjectReader;
  readonly options: RestoreOptions;
}

async function restoreComponent(
  session: Session,
  { target, plan }: { readonly target: Target; readonly plan: RestorePlan },
  means: RestoreMeans,
): Promise<RestoredComponent> {
  const { options } = means;
  const name = target.definition.name;
  const isPart = target.component.record.settings !== undefined && !target.withDocuments;
  const result = {
    component: name,
    root: target.root,
    ...plan,
    ...(isPart ? { filesOnly: true as const } : {}),
    ...(isData(target.component) ? { isData: true as const } : {}),
  };
  if (!hasFiles(target)) return { ...result, problems: [], bytes: 0 };
  if (options.dryRun === true)
    return { ...result, problems: [], ...(await measure(plan.steps, means.reader)) };
  makeRoot(target.root);
  const content = plan.steps.length > 100 ? await loadContent(session) : means;
  const outcome = await applyRestore({
    root: target.root,
    steps: plan.steps,
    content: { index: content.index, reader: content.reader },
    source: session.store,
    storeDirectory: session.location,
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return { ...result, ...outcome };
}

/** The index as it is by now, in memory: one look-up after the other would read leaf by leaf. */
async function loadContent({ store }: Session): Promise<{ index: ObjectIndex; reader: ObjectReader }> {
  const { index } = await openSoundIndex(store);
  return { index, reader: new ObjectReader(store, index) };
}

/** What a dry run says besides: how much would be written. */
async function measure(
  steps: readonly RestoreStep[],
  reader: ObjectReader,
): Promise<{ steps: RestoreStep[]; bytes: number }> {
  const measured: RestoreStep[] = [];
  let bytes = 0;
  for (const step of steps) {
    const isMade = step.do === 'create' || step.do === 'replace';
    if (!isMade || step.attributes.type !== 'file' || step.id === undefined) {
      measured.push(step);
      continue;
    }
    const sizeBytes = await reader.sizeBytes(step.id);
    measured.push({ ...step, sizeBytes });
    bytes += sizeBytes;
  }
  return { steps: measured, bytes };
}

function makeRoot(root: string): void {
  try {
    makeDirectories(root, 0o777);
  } catch (error) {
    throw new SavepointError(
      'TARGET_CONFLICT',
      `${root} cannot be made a directory to restore to. Choose another place, or make the directory yourself.`,
      { fields: { path: root }, cause: error },
    );
  }
}
