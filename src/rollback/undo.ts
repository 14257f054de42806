// Undo and redo, worked out from the operation log: an undo is a rollback to what was before an operation, a redo is one
// to what was before an undo. New operations end the chance of a redo, as in an editor.
import { SavepointError } from '../../store/errors.js';
import type { OperationEntry, OperationId } from '../../store/operations/operation-entry.js';
import { openOperationLog } from '../../store/operations/operation-log.js';
import type { Session } from '../session.js';
import { explainRestore, isInPlaceRestore } from './explain-restore.js';
import { type RollbackResult, rollback } from './rollback.js';
import type { RollbackOptions } from './rollback-options.js';

export type RedoOptions = Omit<RollbackOptions, 'components'>;

export interface UndoOptions extends RedoOptions {
  /** The number of an operation in the log, or the start of its id; the last that changed something where this is missing. */
  readonly operation?: string;
}

/** Takes back the last operation that is not taken back yet, or the one named. Throws NOTHING_TO_UNDO. */
export async function undo(session: Session, options: UndoOptions = {}): Promise<RollbackResult> {
  const entries = await openOperationLog(session.store).read();
  const { operation, ...rest } = options;
  const entry = operation === undefined ? findUndoable(entries).at(-1) : findNamed(entries, operation);
  if (entry === undefined) {
    const last = entries.filter((each) => changedSomething(each) || isInPlaceRestore(each)).at(-1);
    if (last !== undefined) await refuseRestore(session, entries, last);
    throw nothingTo('undo', 'The log has no rollback, restore, or guarded change that is not undone.');
  }
  await refuseRestore(session, entries, entry);
  return goBefore(session, entry, { ...rest, kind: 'undo' });
}

async function refuseRestore(
  session: Session,
  entries: readonly OperationEntry[],
  entry: OperationEntry,
): Promise<void> {
  if (isInPlaceRestore(entry) && entry.before === undefined)
    throw nothingTo('undo', await explainRestore(session, entries, entry));
}

/** Takes back the last undo. Throws NOTHING_TO_UNDO. */
export async function redo(session: Session, options: RedoOptions = {}): Promise<RollbackResult> {
  const entry = findRedoable(await openOperationLog(session.store).read()).at(-1);
  if (entry === undefined) throw nothingTo('redo', 'The last operation was no undo.');
  return goBefore(session, entry, { ...options, kind: 'redo' });
}

/** Operations that changed something, have a state before, and are not undone; the last one is the next to be undone. */
export function findUndoable(entries: readonly OperationEntry[]): OperationEntry[] {
  return replay(entries).undoable;
}

/** Undos that are not taken back themselves, and after which nothing else was done. */
export function findRedoable(entries: readonly OperationEntry[]): OperationEntry[] {
  return replay(entries).redoable;
}

function replay(entries: readonly OperationEntry[]) {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  let undoable: OperationEntry[] = [];
  let redoable: OperationEntry[] = [];
  for (const entry of entries) {
    // A restore changes files, too, whether it can be undone or not: what was undone before it does not fit any more.
    if (isInPlaceRestore(entry)) redoable = [];
    if (!changedSomething(entry)) continue;
    if (entry.kind === 'undo') {
      undoable = undoable.filter(({ id }) => id !== entry.undoes);
      redoable.push(entry);
    } else if (entry.kind === 'redo') {
      const undone = redoable.find(({ id }) => id === entry.undoes);
      redoable = redoable.filter((each) => each !== undone);
      const original = undone?.undoes === undefined ? undefined : byId.get(undone.undoes);
      if (original !== undefined) undoable.push(original);
    } else {
      undoable.push(entry);
      redoable = [];
    }
  }
  return { undoable, redoable };
}

/** What a guarded change led to is in no point; where it was taken back, the rollback that did it is an entry of its own. */
function changedSomething({ kind, before, after, outcome }: OperationEntry): boolean {
  const isThere = outcome === 'done' || outcome === 'incomplete';
  return isThere && before !== undefined && (after !== undefined || kind === 'guard');
}

function findNamed(entries: readonly OperationEntry[], text: string): OperationEntry {
  const found = entries.filter(({ id, number }) => id.startsWith(text) || String(number) === text);
  const undoable = found.filter((entry) => changedSomething(entry) || isInPlaceRestore(entry));
  if (undoable.length === 1) return undoable[0];
  if (found.length === 0) {
    throw nothingTo('undo', `No operation '${text}' is in the log; 'savepoint log' shows them.`);
  }
  if (undoable.length === 0) throw nothingTo('undo', `Operation '${text}' changed nothing.`);
  throw new SavepointError(
    'AMBIGUOUS_NAME',
    `'${text}' is the start of ${undoable.length} operations: give more digits.`,
    { fields: { operation: text, candidates: undoable.map(({ id }) => id) } },
  );
}

async function goBefore(
  session: Session,
  { before, components, id, kind }: OperationEntry,
  options: RollbackOptions & { readonly kind: 'undo' | 'redo' },
): Promise<RollbackResult> {
  const point = before?.id as string;
  return rollback(session, point, {
    command: [options.kind],
    // Data that a rollback has taken back was asked for; a guarded change may have left it alone.
    ...(kind === 'guard' ? {} : { withData: true }),
    ...options,
    // Of a restore the point before has what was changed, and no more.
    ...(kind === 'restore' ? {} : { components }),
    undoes: id as OperationId,
  });
}

function nothingTo(doing: 'undo' | 'redo', reason: string): SavepointError {
  return new SavepointError('NOTHING_TO_UNDO', `There is nothing to ${doing}. ${reason}`);
}
