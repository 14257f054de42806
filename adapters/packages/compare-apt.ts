// What turns the packages of one state into those of another, from their documents alone.
import { readDocument } from '../state/json-document.js';
import type { StateComparison, StatePlan, StateStep } from '../state/state-adapter.js';
import { isSettled, packageKey } from './dpkg-database.js';
import { type PackageChange, packageStep, type SystemChange } from './package-change.js';
import {
  PACKAGES,
  type PackageDocument,
  readPackageDocument,
  SYSTEM,
  type SystemDocument,
} from './package-document.js';

export async function compareApt(comparison: StateComparison): Promise<StatePlan> {
  const steps: StateStep[] = [];
  const unrestorable: StatePlan['unrestorable'][number][] = [];
  const architectures = await architectureStep(comparison, unrestorable);
  if (architectures !== undefined) steps.push(architectures);
  for (const { from, to } of mergeArchitectures(await changedPackages(comparison))) {
    const key = packageKey((to ?? from) as PackageDocument);
    if (to?.state === 'config-files' && from === undefined) {
      const text = `of ${key} only configuration files were there, which is not made again`;
      unrestorable.push({ object: `package ${key}`, text });
      continue;
    }
    const wanted = to === undefined || to.state === 'config-files' ? to : settled(to);
    if (wanted !== to) {
      const text = `${key} ${to?.version} was ${to?.state}; it is to be installed as a whole`;
      unrestorable.push({ object: `package ${key}`, text });
    }
    const step = packageStep({ kind: 'package', ...present('from', from), ...present('to', wanted) });
    if (step !== undefined) steps.push(step);
  }
  return { steps: steps.sort((left, right) => order(left) - order(right)), unrestorable };
}

/** Nobody wants a package half done. */
function settled(document: PackageDocument): PackageDocument {
  return isSettled(document) ? document : { ...document, state: 'installed' };
}

function present<K extends string>(
  key: K,
  document: PackageDocument | undefined,
): Partial<Record<K, PackageDocument>> {
  return (document === undefined ? {} : { [key]: document }) as Partial<Record<K, PackageDocument>>;
}

const ORDER = ['architectures', 'purge', 'remove'];

/** What goes makes room for what comes. */
function order(step: StateStep): number {
  const at = ORDER.indexOf(step.do);
  return at < 0 ? ORDER.length : at;
}

async function changedPackages({
  from,
  to,
  changed,
}: StateComparison): Promise<Omit<PackageChange, 'kind'>[]> {
  const changes: Omit<PackageChange, 'kind'>[] = [];
  for (const path of changed) {
    if (!path.startsWith(`${PACKAGES}/`)) continue;
    const [was, is] = await Promise.all([readPackageDocument(from, path), readPackageDocument(to, path)]);
    changes.push({ ...present('from', was), ...present('to', is) });
  }
  return changes;
}

/** A package that changes its architecture, say to `all`, is one package that changes, unless it is there in several. */
function mergeArchitectures(changes: readonly Omit<PackageChange, 'kind'>[]): Omit<PackageChange, 'kind'>[] {
  const byName = new Map<string, Omit<PackageChange, 'kind'>[]>();
  for (const change of changes) {
    const { name } = (change.to ?? change.from) as PackageDocument;
    byName.set(name, [...(byName.get(name) ?? []), change]);
  }
  return [...byName.values()].flatMap((group) => {
    const [gone] = group.filter(({ to }) => to === undefined);
    const [come] = group.filter(({ from }) => from === undefined);
    const isMove = group.length === 2 && gone?.from !== undefined && come?.to !== undefined;
    const oneIsAll = [gone?.from?.architecture, come?.to?.architecture].includes('all');
    return isMove && oneIsAll ? [{ ...gone, ...come }] : group;
  });
}

async function architectureStep(
  { from, to, changed }: StateComparison,
  unrestorable: StatePlan['unrestorable'][number][],
): Promise<StateStep | undefined> {
  if (!changed.includes(SYSTEM)) return undefined;
  const [was, is] = await Promise.all([
    readDocument<SystemDocument>(from, SYSTEM),
    readDocument<SystemDocument>(to, SYSTEM),
  ]);
  if (was === undefined || is === undefined) return undefined;
  if (was.architecture !== is.architecture) {
    const text = `it was ${is.architecture}, and is ${was.architecture}`;
    unrestorable.push({ object: 'architecture of the machine', text });
  }
  const [old, wanted] = [was.foreignArchitectures.join(' '), is.foreignArchitectures.join(' ')];
  if (old === wanted) return undefined;
  const change: SystemChange = { kind: 'architectures', from: was, to: is };
  const text = `set the foreign architectures from ${old || 'none'} to ${wanted || 'none'}`;
  return {
    object: 'foreign architectures',
    do: 'architectures',
    text,
    data: JSON.parse(JSON.stringify(change)),
  };
}
