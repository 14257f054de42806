// The journal: files of fixed names below journal/, the first of which is made exclusively and so is the lock of all
// operations that change the host. An operation that stands in the operation log is over: then its records mean
// nothing any more, whichever of them are left. The first one is removed last.
import type { OperationId } from '../../store/operations/operation-entry.js';
import type {
  Attempt,
  BeginRecord,
  DecisionRecord,
  PlanRecord,
  RevertRecord,
  TakeOverRecord,
} from './journal-record.js';
import { createRecord, findRecord, type RecordPlace, replaceRecord } from './record-file.js';

const BEGIN = 'journal/begin.json';
const REVERT = 'journal/revert.json';
const planName = (attempt: Attempt) => `journal/plan-${attempt}.json`;
const decisionName = (attempt: Attempt) => `journal/decision-${attempt}.json`;
const takeOverName = (id: OperationId, number: number) => `journal/takeover-${id}-${number}.json`;
const ATTEMPTS: readonly Attempt[] = [1, 2];

/** All that the journal holds of one operation. */
export interface JournalState {
  readonly begin: BeginRecord;
  readonly plans: Readonly<Partial<Record<Attempt, PlanRecord>>>;
  readonly decisions: Readonly<Partial<Record<Attempt, DecisionRecord>>>;
  readonly revert: RevertRecord | undefined;
}

export const journal = {
  /** Begins an operation; answers false where there is one in the journal, finished or not. */
  begin: (place: RecordPlace, record: BeginRecord) => createRecord(place, BEGIN, record),

  async plan(place: RecordPlace, record: PlanRecord): Promise<void> {
    await replaceRecord(place, planName(record.attempt), record);
  },

  /** After this call, however it ends for us, the operation may be decided. */
  async decide(place: RecordPlace, record: DecisionRecord): Promise<void> {
    await replaceRecord(place, decisionName(record.attempt), record);
  },

  async revert(place: RecordPlace, record: RevertRecord): Promise<void> {
    await replaceRecord(place, REVERT, record);
  },

  /** Takes an operation over under the next number; answers false where somebody else has that. */
  takeOver: (place: RecordPlace, record: TakeOverRecord) =>
    createRecord(place, takeOverName(record.id, record.number), record),

  findTakeOver: (place: RecordPlace, id: OperationId, number: number) =>
    findRecord<TakeOverRecord>(place, takeOverName(id, number)),

  /** Whether an operation is in the journal: one look at a name. */
  async isBusy({ backend }: RecordPlace): Promise<boolean> {
    return (await backend.size(BEGIN)) !== undefined;
  },

  /** The first record alone, which says what is under way. Throws JOURNAL_CORRUPT. */
  findBegin: (place: RecordPlace) => findRecord<BeginRecord>(place, BEGIN),

  /** What the journal holds; `undefined` where no operation is in it. Throws JOURNAL_CORRUPT. */
  async read(place: RecordPlace): Promise<JournalState | undefined> {
    const begin = await findRecord<BeginRecord>(place, BEGIN);
    if (begin === undefined) return undefined;
    const own = <T extends { id: OperationId }>(record: T | undefined) =>
      record?.id === begin.id ? record : undefined;
    const plans: Partial<Record<Attempt, PlanRecord>> = {};
    const decisions: Partial<Record<Attempt, DecisionRecord>> = {};
    for (const attempt of ATTEMPTS) {
      const plan = own(await findRecord<PlanRecord>(place, planName(attempt)));
      const decision = own(await findRecord<DecisionRecord>(place, decisionName(attempt)));
      if (plan !== undefined) plans[attempt] = plan;
      if (decision !== undefined) decisions[attempt] = decision;
    }
    return { begin, plans, decisions, revert: own(await findRecord<RevertRecord>(place, REVERT)) };
  },

  /** Removes the records of an operation that is over. */
  async clear({ backend }: RecordPlace): Promise<void> {
    for (const attempt of ATTEMPTS) {
      await backend.remove(planName(attempt));
      await backend.remove(decisionName(attempt));
    }
    await backend.remove(REVERT);
    const takeOvers = (await backend.list('journal')).filter(({ name }) =>
      name.startsWith('journal/takeover-'),
    );
    await backend.remove(BEGIN);
    // Who took over keeps that until nothing is left to be taken over.
    for (const { name } of takeOvers) await backend.remove(name);
  },
};
