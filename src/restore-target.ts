// What of each component a restore is about, where it goes, and what has to be done there.
import { join, resolve } from 'node:path';
import { SavepointError } from '../store/errors.js';
import { withinScope } from './capture-scope.js';
import type { ComponentDefinition } from './components.js';
import { findRealPath, joinPath, realPath, statPath } from './composition.js';
import { diffTrees, sideOfPoint } from './diff.js';
import { isDocumentOf, withoutDocuments } from './live-path.js';
import { definitionOf, type LiveState, sideOf } from './live-state.js';
import { planRestore, type RestorePlan } from './plan-restore.js';
import type { ComponentRecord } from './point-record.js';
import type { PointComponent, TreeContext } from './point-tree.js';
import { withSidecars } from './sidecar-steps.js';

/** What of a component is restored, and where to. */
export interface Target {
  readonly unsaved: readonly string[];
  readonly component: PointComponent;
  readonly scope: readonly string[];
  readonly root: string;
  readonly definition: ComponentDefinition;
  /** Whether documents of a state adapter are restored, too, as files of their own. */
  readonly withDocuments: boolean;
}

/** A component of a state adapter may have nothing but documents. */
export function hasFiles({ component: { record }, withDocuments }: Target): boolean {
  return record.settings === undefined || record.only !== undefined || withDocuments;
}

function documentInPlace({ name }: ComponentRecord): SavepointError {
  return new SavepointError(
    'UNSUPPORTED',
    `What ${name} holds besides files is put back as a whole: 'savepoint rollback POINT --component ${name}'. To look at it, restore it elsewhere with --to.`,
    { fields: { component: name } },
  );
}

export function targetOf(
  component: PointComponent,
  where: { scope: readonly string[]; to: string | undefined; alone: boolean },
): Omit<Target, 'unsaved'> {
  const { scope, to } = where;
  // Documents are restored as files, or not at all.
  const { settings, ...original } = definitionOf(component.record);
  const inPlace = to === undefined;
  if (inPlace && scope.some((path) => path !== '' && isDocumentOf(component.record, path)))
    throw documentInPlace(component.record);
  const root = to === undefined ? original.origin : resolve(where.alone ? to : join(to, original.name));
  const real = realRoot(root, inPlace);
  const definition = { ...original, origin: real, ...movedExcludes(original, real) };
  return { component, scope, root: real, definition, withDocuments: settings !== undefined && !inPlace };
}

/** Patterns of whole paths mean the same files elsewhere. */
function movedExcludes({ origin, exclude }: ComponentDefinition, to: string): { exclude?: string[] } {
  if (exclude === undefined || to === origin) return {};
  const prefix = `${origin}/`;
  return {
    exclude: exclude.map((pattern) =>
      pattern.startsWith(prefix) ? joinPath(to, pattern.slice(prefix.length)) : pattern,
    ),
  };
}

/** A link that stands where a component's root was leads to somebody else's files: those are not restored over. */
function realRoot(root: string, inPlace: boolean): string {
  const type = statPath(root);
  if (type === undefined) return root;
  if (type === 'directory') return realPath(root);
  const leadsTo = inPlace ? undefined : findRealPath(root);
  if (leadsTo !== undefined) return leadsTo;
  throw new SavepointError(
    'TARGET_CONFLICT',
    `${root} is a ${type} where the point has a directory; nothing was changed. Move it away, or restore elsewhere with --to.`,
    { fields: { path: root, type } },
  );
}

export interface PlanMeans {
  readonly live: LiveState;
  readonly context: TreeContext;
  /** Whether what the point does not have is removed. */
  readonly delete: boolean;
}

export async function planTarget(target: Target, means: PlanMeans): Promise<RestorePlan> {
  const { live, context } = means;
  if (!hasFiles(target)) return { steps: [], kept: [] };
  const whole = target.scope.includes('');
  const changes = diffTrees({
    before: sideOf(live, target.definition.name),
    after: sideOfPoint(context, target.component),
    ...(whole ? {} : { includes: withinScope(target.scope), isLimited: true }),
  });
  const { record } = target.component;
  const isLimited = record.settings !== undefined && !target.withDocuments;
  const plan = await planRestore(isLimited ? withoutDocuments(changes) : changes, {
    scope: target.scope,
    delete: means.delete,
    unsaved: target.unsaved,
    only: target.withDocuments ? undefined : record.only,
    root: target.root,
    typeAt: statPath,
  });
  const { steps, kept } = withSidecars(plan, target.root);
  return { steps, kept };
}
