// Data goes back only when that is asked for: which components of a point are data, and what it means that they stay.
import { isSavepointError, SavepointError } from '../../store/errors.js';
import type { PointComponent } from '../point-tree.js';
import type { Session } from '../session.js';
import { type DocumentSource, stateReader } from '../state/state-reader.js';

/** A component with data that is in the point, and that is not rolled back with the others. */
export interface KeptData {
  readonly component: string;
  /** The components that depend on it, and go back without it. */
  readonly dependants: readonly string[];
  /** What would be lost if it went back, in sentences; none where that can't be told. */
  readonly loss: readonly string[];
}

export function isData({ record }: PointComponent): boolean {
  return record.category === 'database';
}

/**
 * What goes back when data was not asked for, and what stays. Throws USAGE where data was named, or nothing else is left:
 * unless `isAsked` is false, as somebody else said what goes back.
 */
export function withoutData(
  selected: readonly PointComponent[],
  { areNamed, isAsked }: { readonly areNamed: boolean; readonly isAsked: boolean },
): { readonly selected: readonly PointComponent[]; readonly kept: readonly PointComponent[] } {
  const kept = selected.filter(isData);
  const others = selected.filter((component) => !isData(component));
  if (kept.length === 0 || !isAsked || (!areNamed && others.length > 0)) return { selected: others, kept };
  const names = kept.map(({ record }) => record.name);
  throw new SavepointError(
    'USAGE',
    `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} data: what was written since the point is lost when that goes back. Add --with-data to have it so, and --dry-run to see how much that is.`,
    { fields: { components: names } },
  );
}

/** What it means that data stays as it is. */
export async function describeKept(
  session: Session,
  {
    kept,
    selected,
    context,
  }: {
    readonly kept: readonly PointComponent[];
    readonly selected: readonly PointComponent[];
    readonly context: DocumentSource;
  },
): Promise<KeptData[]> {
  const described: KeptData[] = [];
  for (const { record, ids } of kept) {
    const dependants = selected.filter((each) => each.record.dependsOn.includes(record.name));
    described.push({
      component: record.name,
      dependants: dependants.map((each) => each.record.name),
      loss: await lossOf(session, { record, ids }, context),
    });
  }
  return described;
}

/** A server that can't be asked keeps nothing from being rolled back that does without it. */
async function lossOf(
  session: Session,
  { record, ids }: Pick<PointComponent, 'record' | 'ids'>,
  context: DocumentSource,
): Promise<readonly string[]> {
  try {
    const adapter = await session.adapters.get(record.kind, record.name);
    const at = { component: record.name, settings: record.settings ?? {} };
    return (await adapter.loss?.(stateReader(context, ids), at)) ?? [];
  } catch (error) {
    if (!isSavepointError(error)) throw error;
    return [];
  }
}
