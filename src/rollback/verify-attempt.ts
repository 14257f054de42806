// Makes sure that a change led where it should: what it touched is read again and compared with the point.
import { ObjectReader } from '../../store/object-reader.js';
import type { LoggedPoint } from '../../store/operations/operation-entry.js';
import { withinScope } from '../capture-scope.js';
import type { ComponentDefinition } from '../components.js';
import { joinPath } from '../composition.js';
import { type Change, diffTrees, sideOfPoint } from '../diff.js';
import type { DecisionRecord } from '../journal/journal-record.js';
import { definitionOf, readLiveState, sideOf } from '../live-state.js';
import type { ComponentRecord } from '../point-record.js';
import { type PointComponent, readComponents } from '../point-tree.js';
import { findPoint } from '../points.js';
import type { Session } from '../session.js';
import type { ProgressMeter } from './progress-meter.js';
import type { RollbackProblem } from './rollback-problem.js';

/** With more paths than these it takes less time to look at everything. */
const MOST_SCOPED_PATHS = 200;

/** What is not as `destination` has it, among what `decision` touched. */
export async function verifyAttempt(
  session: Session,
  decision: DecisionRecord,
  expected: {
    readonly destination: LoggedPoint;
    readonly kept: readonly string[];
    readonly meter: ProgressMeter;
  },
): Promise<RollbackProblem[]> {
  const { destination, kept, meter } = expected;
  const reader = new ObjectReader(session.store, await session.store.openIndex());
  const context = { source: reader, format: session.store.format };
  const components = await readComponents(context, await findPoint(session, reader, destination.id));
  const looks = planLooks(decision, components);
  meter.enter('verifying', { files: looks.reduce((sum, { files }) => sum + files, 0) });
  const problems: RollbackProblem[] = [];
  for (const { component, root, touched, scope, merged } of looks) {
    const { name } = component.record;
    const definition = { ...filesOf(component.record, touched), origin: root };
    const live = await readLiveState(session, [definition], {
      scopes: new Map(scope.includes('') ? [] : [[name, scope]]),
      onProgress: (_, { files }) => meter.reach({ component: name, files }),
    });
    const differences = diffTrees({
      before: sideOf(live, name),
      after: sideOfPoint(context, component),
      ...(scope.includes('') ? {} : { includes: withinScope(scope) }),
    });
    for await (const change of differences) {
      const path = joinPath(root, change.path);
      if (!touched.has(change.path) || kept.includes(path)) continue;
      if (isHarmless(change) || isMerged(change, merged)) continue;
      problems.push({ component: name, path, code: 'NOT_AS_SAVED', message: describe(change) });
    }
  }
  return problems;
}

/** What has to be looked at for the files of a component; of one of a state adapter, others than recorded may be touched. */
function filesOf(record: ComponentRecord, touched: ReadonlySet<string>): ComponentDefinition {
  const { settings, ...files } = definitionOf(record);
  if (settings === undefined) return files;
  const recorded = withinScope(files.only ?? []);
  const others = [...touched].filter((path) => !recorded(path));
  return { ...files, only: [...(files.only ?? []), ...others] };
}

/** What is read again of a component. */
interface Look {
  readonly component: PointComponent;
  readonly root: string;
  readonly touched: ReadonlySet<string>;
  readonly scope: readonly string[];
  /** The ids of contents that were put back otherwise than the point has them. */
  readonly merged: Readonly<Record<string, string>>;
  /** How many files that will be. */
  readonly files: number;
}

function planLooks(decision: DecisionRecord, components: ReadonlyMap<string, PointComponent>): Look[] {
  return decision.components.flatMap(({ name, root, changes, swap, merged = {} }) => {
    const component = components.get(name);
    const touched = new Set(swap?.steps.map(({ path }) => path));
    for (const { mount, steps } of changes) {
      const prefix = mount === '' ? '' : `${mount}/`;
      for (const step of steps) if (step.do !== 'time') touched.add(prefix + step.path);
    }
    if (component === undefined || touched.size === 0) return [];
    const scope = touched.size > MOST_SCOPED_PATHS ? [''] : [...touched];
    const files = scope.includes('') ? component.record.files : touched.size;
    return [{ component, root, touched, scope, merged, files }];
  });
}

/** Attributes that could not be given were reported when they were; a directory's may change as others work in it. */
function isHarmless({ kind }: Change): boolean {
  return kind === 'attributes';
}

/** Whether a file is as it was meant to be: with something in it that stays as it was live. */
function isMerged({ path, before }: Change, merged: Readonly<Record<string, string>>): boolean {
  return Object.hasOwn(merged, path) && before?.id === merged[path];
}

function describe({ kind }: Change): string {
  if (kind === 'added') return 'it is missing';
  return kind === 'removed' ? 'it is still there' : 'it has another content';
}
