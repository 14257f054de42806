// What becomes of each point of a bundle in a store, and which refs have to change for it; or why that can't be.
import { REMOVED, removedIds } from '../../store/collect/collect-context.js';
import { SavepointError } from '../../store/errors.js';
import type { RefChange, RefState } from '../../store/refs/ref-log.js';
import { checkRefName } from '../../store/refs/ref-name.js';
import { nearestNames } from '../nearest-names.js';
import { checkPointName } from '../point-name.js';
import { POINTS, SAFETY_POINTS } from '../points.js';
import type { Session } from '../session.js';
import type { BundleDescription, RequiredPoint } from './bundle-description.js';
import type { RestoredPoint } from './restored-point.js';

export interface ArrivingPoint extends RestoredPoint {
  readonly changes: readonly RefChange[];
}

/** Throws BUNDLE_BASE_MISSING, NAME_TAKEN, INVALID_NAME, and POINT_NOT_FOUND where `rename` names none of the bundle. */
export async function planArrival(
  session: Session,
  bundle: BundleDescription,
  rename: Readonly<Record<string, string>>,
): Promise<ArrivingPoint[]> {
  checkRenaming(bundle, rename);
  const state = await session.store.refs.read();
  requireBase(state, bundle.requires);
  const removed = removedIds(state);
  const names = namesById(state);
  const planned = bundle.points.map((point): ArrivingPoint => {
    const known = names.get(point.id);
    if (known !== undefined && !removed.has(point.id))
      return { ...point, name: known, outcome: 'present', changes: [] };
    if (known !== undefined) {
      const changes = [{ name: REMOVED + point.id, expected: point.id, value: undefined }];
      return { ...point, name: known, outcome: 'recovered', changes };
    }
    const name = Object.hasOwn(rename, point.name) ? rename[point.name] : point.name;
    const ref = (point.safety ? SAFETY_POINTS : POINTS) + name;
    return {
      ...{ ...point, name, outcome: 'added' },
      changes: [{ name: ref, expected: undefined, value: point.id }],
    };
  });
  requireFreeNames(state, planned, bundle);
  return planned;
}

function namesById({ refs }: RefState): ReadonlyMap<string, string> {
  const folders = [POINTS, SAFETY_POINTS];
  return new Map(
    [...refs].flatMap(([ref, { id }]) => {
      const folder = folders.find((each) => ref.startsWith(each));
      return folder === undefined ? [] : [[id, ref.slice(folder.length)] as const];
    }),
  );
}

function requireBase(state: RefState, requires: readonly RequiredPoint[]): void {
  const names = namesById(state);
  const removed = removedIds(state);
  const missing = requires.filter(({ id }) => !names.has(id) || removed.has(id));
  if (missing.length === 0) return;
  const list = missing.map(({ name, id }) => `${name} (${id.slice(0, 12)})`).join(', ');
  const recoverable = missing.filter(({ id }) => removed.has(id)).map(({ id }) => names.get(id));
  const hint =
    recoverable.length === 0
      ? 'Restore a bundle that holds them first, or make this one without them.'
      : `Of these, ${recoverable.join(', ')} can still be recovered: 'savepoint recover-point'.`;
  throw new SavepointError(
    'BUNDLE_BASE_MISSING',
    `The bundle builds on points that this store does not have: ${list}. Nothing was stored. ${hint}`,
    { fields: { missing: missing.map(({ name, id }) => ({ name, id })) } },
  );
}

function requireFreeNames(
  { refs }: RefState,
  planned: readonly ArrivingPoint[],
  bundle: BundleDescription,
): void {
  const added = planned.filter(({ outcome }) => outcome === 'added');
  const taken = added.filter(
    ({ name }, index) =>
      refs.has(POINTS + name) ||
      refs.has(SAFETY_POINTS + name) ||
      added.findIndex((other) => other.name === name) < index,
  );
  if (taken.length === 0) return;
  const names = taken.map(({ name }) => name);
  const inBundle = bundle.points.find(({ id }) => id === taken[0].id)?.name;
  throw new SavepointError(
    'NAME_TAKEN',
    `Other points are called ${names.join(', ')} here already. Nothing was stored; give those of the bundle other names: --rename ${inBundle}=NEW.`,
    { fields: { names } },
  );
}

function checkRenaming({ points }: BundleDescription, rename: Readonly<Record<string, string>>): void {
  const names = points.map(({ name }) => name);
  for (const [name, renamed] of Object.entries(rename)) {
    checkPointName(renamed);
    checkRefName(POINTS + renamed);
    if (names.includes(name)) continue;
    throw new SavepointError(
      'POINT_NOT_FOUND',
      `There is no point '${name}' in the bundle; it holds ${names.join(', ')}.`,
      { fields: { point: name, nearest: nearestNames(name, names) } },
    );
  }
}
