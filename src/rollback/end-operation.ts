// Ends an operation: its entry in the operation log, then its staging directories, then the journal. In this order a
// crash leaves at worst things to be taken away, of an operation that is known to be over.
import { dirname } from 'node:path';
import type {
  LoggedPoint,
  OperationEntry,
  OperationId,
  OperationOutcome,
} from '../../store/operations/operation-entry.js';
import { openOperationLog } from '../../store/operations/operation-log.js';
import {
  type ChangePlace,
  type ChangeStep,
  isInside,
  joinPath,
  removeChangeStaging,
  removeEmptyDirectories,
  removeSwapStaging,
} from '../composition.js';
import { type JournalState, journal } from '../journal/journal.js';
import type { Attempt, BeginRecord, DecisionRecord } from '../journal/journal-record.js';
import type { Session } from '../session.js';
import type { CarriedOut } from './carry-out.js';
import { readRecent } from './recent-operations.js';
import type { RollbackProblem } from './rollback-problem.js';
import { discardState } from './state-staging.js';

export interface OperationEnd {
  readonly outcome: OperationOutcome;
  readonly message?: string;
  readonly safety?: LoggedPoint | undefined;
}

/** Writes the entry of the operation in the journal, unless it has one. */
export async function logOperation(
  session: Session,
  begin: BeginRecord,
  end: OperationEnd,
): Promise<OperationEntry> {
  const log = openOperationLog(session.store);
  const logged = await findLogged(session, begin.id);
  if (logged !== undefined) return logged;
  const { id, kind, startedAt, user, host, command, components, undoes, target, fingerprint } = begin;
  const isThere = end.outcome === 'done' || end.outcome === 'incomplete';
  return log.append({
    ...{ id, kind, startedAt, user, host, command, components },
    seconds: Math.max(0, Date.now() - Date.parse(startedAt)) / 1000,
    ...(end.safety === undefined ? {} : { before: end.safety }),
    ...(isThere ? { after: target } : {}),
    ...(undoes === undefined ? {} : { undoes }),
    outcome: end.outcome,
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(fingerprint !== undefined && end.outcome === 'reverted' ? { quarantined: true } : {}),
    ...(end.message === undefined ? {} : { message: end.message }),
  });
}

/** Logs how a decided operation went and gives up the journal. Answers what could not be taken away. */
export async function endOperation(
  session: Session,
  begin: BeginRecord,
  { carried, safety }: { carried: CarriedOut; safety: LoggedPoint },
): Promise<RollbackProblem[]> {
  const { outcome, message, displaced } = carried;
  await logOperation(session, begin, { outcome, safety, ...(message === undefined ? {} : { message }) });
  return leaveJournal(session, {
    keepStaging: displaced.length > 0 || outcome === 'inconsistent',
    keepRoots: outcome !== 'reverted',
  });
}

/** The entry of an operation. A log that can't be read says nothing of it. */
export async function findLogged(session: Session, id: OperationId): Promise<OperationEntry | undefined> {
  return (await readRecent(session)).find((entry) => entry.id === id);
}

/**
 * Takes away what the operation has staged, and roots that it made for nothing, and gives up the journal. Answers what could not
 * be taken away.
 */
export async function leaveJournal(
  session: Session,
  options: { readonly keepStaging?: boolean; readonly keepRoots?: boolean } = {},
): Promise<RollbackProblem[]> {
  const problems: RollbackProblem[] = [];
  const state = await journal.read(session.store);
  if (state === undefined) return problems;
  for (const attempt of [1, 2] as const) {
    if (options.keepStaging !== true) removeStaging(state, attempt);
    problems.push(...(await discardAttempt(session, state, attempt)));
  }
  if (options.keepRoots !== true) removeEmptyDirectories(state.begin.madeRoots ?? []);
  await journal.clear(session.store);
  return problems;
}

/** Takes away what an attempt has staged, be it carried out or not. */
export function removeStaging(state: JournalState, attempt: Attempt): void {
  const decision = state.decisions[attempt];
  for (const { name, root, places, swap } of state.plans[attempt]?.components ?? []) {
    for (const place of places) removeChangeStaging(root, place, timeAfter(decision, name, place));
    if (swap === undefined) continue;
    const decided = decision?.components.find((each) => each.name === name)?.swap;
    removeSwapStaging(root, swap, { decided, time: timeBeside(state, root) });
  }
}

/** Takes away what state adapters have prepared for an attempt. Answers what could not be taken away. */
export async function discardAttempt(
  session: Session,
  { begin, plans }: JournalState,
  attempt: Attempt,
): Promise<RollbackProblem[]> {
  const components = (plans[attempt]?.components ?? []).flatMap(({ name, state }) =>
    state === undefined ? [] : [{ name, ...state }],
  );
  return discardState(session, { operation: begin.id, attempt }, components);
}

/** The time of the directory that a swapped root stands in: what was decided for it last, else what it had at first. */
function timeBeside({ plans, decisions }: JournalState, root: string): ChangePlace['rootTime'] | undefined {
  const path = dirname(root);
  const first = plans[1]?.components.find((each) => each.swap !== undefined && dirname(each.root) === path);
  return decidedTime(decisions[2], path) ?? decidedTime(decisions[1], path) ?? first?.swap?.parentTime;
}

/** The time that a change gives to the directory at an absolute path, if any does. */
function decidedTime(
  decision: DecisionRecord | undefined,
  path: string,
): ChangePlace['rootTime'] | undefined {
  for (const { root, changes } of decision?.components ?? []) {
    if (!isInside(path, root)) continue;
    for (const { mount, steps } of changes) {
      const found = steps.findLast((step) => joinPath(joinPath(root, mount), step.path) === path);
      const time = found === undefined ? undefined : timeOf(found);
      if (time !== undefined) return time;
    }
  }
  return undefined;
}

/** The time that a decided change gave the mount's root; the one before where nothing was decided. */
function timeAfter(
  decision: DecisionRecord | undefined,
  name: string,
  place: ChangePlace,
): ChangePlace['rootTime'] {
  const component = decision?.components.find((each) => each.name === name);
  const change = component?.changes.find(({ mount }) => mount === place.mount);
  const last = change?.steps.find(
    ({ do: doing, path }) => path === '' && (doing === 'time' || doing === 'attributes'),
  );
  return (last === undefined ? undefined : timeOf(last)) ?? place.rootTime;
}

function timeOf(step: ChangeStep): ChangePlace['rootTime'] | undefined {
  if (step.do === 'time') return step.modified;
  if (step.do !== 'attributes') return undefined;
  const { modifiedSeconds, modifiedNanoseconds } = step.attributes;
  return { seconds: modifiedSeconds, nanoseconds: modifiedNanoseconds };
}
