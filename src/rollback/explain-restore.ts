// Why a restore can't be undone of which there is no state before: what there is in place of that, points from before it.
import type { OperationEntry } from '../../store/operations/operation-entry.js';
import { listAllPointRefs } from '../points.js';
import type { Session } from '../session.js';

/** What is restored elsewhere changes nothing of the state; `logRestore` and `restoreBeside` note where that is. */
export function isInPlaceRestore({ kind, command }: OperationEntry): boolean {
  return kind === 'restore' && !['--to', '--as'].includes(command.at(-2) ?? '');
}

/** After these, the live state was that of the point that the entry names. */
const LEAD_TO_A_POINT = new Set(['save', 'rollback', 'undo', 'redo']);

/** For people; `entries` are the log. */
export async function explainRestore(
  session: Session,
  entries: readonly OperationEntry[],
  restore: OperationEntry,
): Promise<string> {
  const there = new Set<string>((await listAllPointRefs(session)).map(({ id }) => id));
  const last = entries
    .filter(({ number, kind }) => number < restore.number && LEAD_TO_A_POINT.has(kind))
    .filter(({ outcome }) => outcome === 'done' || outcome === 'incomplete')
    .flatMap(({ after }) => (after !== undefined && there.has(after.id) ? [after] : []))
    .at(-1);
  const why = `Operation ${restore.number} ('${restore.command.join(' ')}') is a restore that changed nothing, or of which the store could not keep what was there before, and so can't be undone.`;
  return `${why} ${describeWayBack(restore, last)}`;
}

function describeWayBack({ after }: OperationEntry, last: OperationEntry['after']): string {
  if (last === undefined) return 'There is no point from before it.';
  if (last.id === after?.id)
    return `The last point before it is ${last.name}, from which it was restored: what had been changed since is in no point.`;
  return `The last point before it is ${last.name}: 'savepoint diff ${last.name} live' shows what is different now, and 'savepoint restore ${last.name} PATH' puts that back.`;
}
