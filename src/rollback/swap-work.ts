// Prepares one component of an attempt as a whole tree that its root is exchanged for, where its policy says `swap`: whoever
// looks sees all of the old state or all of the new one.
import { isSavepointError, SavepointError } from '../../store/errors.js';
import {
  findRealPath,
  isInside,
  joinPath,
  planSwap,
  removeSwapStaging,
  type SwapOptions,
  sealSwap,
  stageSwap,
  swapObstacle,
} from '../composition.js';
import { type AttemptMeans, type ComponentWork, changedMeanwhile, workOptions } from './component-work.js';
import type { ComponentPlan } from './plan-rollback.js';

/** A component that can't be swapped, and why: what it means for the attempt is decided by who prepares that. */
export class SwapFailure extends Error {
  constructor(
    readonly plan: ComponentPlan,
    readonly reason: SavepointError,
  ) {
    super(reason.message);
  }
}

/** Whether a component is to be swapped. A root that was made for the rollback is empty: there is nothing to exchange. */
export function isSwapped(plan: ComponentPlan, { policies, begin }: AttemptMeans): boolean {
  if (policies.get(plan.component)?.swap !== true || plan.steps.length === 0) return false;
  return !(begin.madeRoots ?? []).some((made) => findRealPath(made) === plan.root);
}

/** Its functions throw SwapFailure where the swap can't be. `number` is that of the component in the attempt. */
export function swapWork(
  plan: ComponentPlan,
  means: AttemptMeans,
  place: { readonly number: number; readonly plans: readonly ComponentPlan[] },
): ComponentWork {
  const options: SwapOptions = workOptions(plan, means, place.number);
  let planned: Awaited<ReturnType<typeof planSwap>> | undefined;
  const found = () => {
    if (planned === undefined) throw new Error('savepoint bug: a swap is prepared that was not planned');
    return planned;
  };
  return {
    plan,
    find: () =>
      explaining(plan, async () => {
        requireAlone(plan, place.plans);
        planned = await planSwap(options);
        const { place: staged, plan: tree, located } = planned;
        const size = { steps: 1, files: tree.stages.files.length, bytes: located.bytes };
        return { places: [], swap: staged, size };
      }),
    stage: () => explaining(plan, () => stageSwap(options, found())),
    seal: () =>
      explaining(plan, async () => {
        const { prepared, conflicts } = await sealSwap(options, found());
        if (conflicts.length > 0) throw changedMeanwhile(conflicts.map((path) => joinPath(plan.root, path)));
        return { changes: [], swap: prepared, conflicts: [] };
      }),
    drop: () => {
      if (planned !== undefined) removeSwapStaging(plan.root, planned.place);
    },
  };
}

/** A tree that is exchanged takes with it all that others do in it. */
function requireAlone(
  { root, component, isLimited, merged }: ComponentPlan,
  plans: readonly ComponentPlan[],
): void {
  if (merged.size > 0) {
    throw swapObstacle({
      ...{ path: root, reason: `single keys of ${[...merged.keys()][0]} are to stay as they are` },
      mend: "name whole files under 'neverRevert'",
    });
  }
  if (isLimited) {
    throw swapObstacle({
      ...{ path: root, reason: 'it is limited to some of the paths in its directory' },
      mend: 'configure that directory as its only path',
    });
  }
  const other = plans.find(
    ({ component: name, root: place, steps }) =>
      name !== component &&
      (isInside(place, root)
        ? steps.length > 0
        : isInside(root, place) && steps.some(({ path }) => isInside(joinPath(place, path), root))),
  );
  if (other === undefined) return;
  throw swapObstacle({
    ...{ path: root, reason: `${other.component} changes files in it, too` },
    mend: 'roll them back one after the other, by --component',
  });
}

async function explaining<T>(plan: ComponentPlan, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSavepointError(error) || error.code === 'ABORTED') throw error;
    throw new SwapFailure(plan, explain(plan, error));
  }
}

/** Says of what has to do with the swap how to do without it. */
function explain({ component, root }: ComponentPlan, error: SavepointError): SavepointError {
  if (!isSavepointError(error, 'UNSUPPORTED', 'PERMISSION_DENIED')) return error;
  const { reason = error.message, mend = 'mend that' } = error.fields;
  return new SavepointError(
    'UNSUPPORTED',
    `${component} can't be swapped as a whole: ${reason}. Nothing was changed. Take 'swap' out of its configuration, or ${mend}.`,
    { fields: { component, path: error.fields['path'] ?? root, reason }, cause: error },
  );
}
