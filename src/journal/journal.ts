// The journal: files of fixed names below journal/, the first of which is made exclusively and so is the lock of all
// operations that change the host. An operation that stands in the operation log is over: then its records mean
// nothing any more, whichever of them are left. The first one is removed last.
import { SavepointError } from '../../store/errors.js';
import type { OperationId } from '../../store/operations/operation-entry.js';
import { sealJson, unsealJson } from '../../store/sealed-json.js';
import type { Store } from '../../store/store.js';
import type {
  Attempt,
  BeginRecord,
  DecisionRecord,
  PlanRecord,
  RevertRecord,
  TakeOverRecord,
} from './journal-record.js';

/** 2 since a component may be exchanged as a whole: who does not know that must not finish it. */
const FORMAT = 2;
const BEGIN = 'journal/begin.json';
const REVERT = 'journal/revert.json';
const planName = (attempt: Attempt) => `journal/plan-${attempt}.json`;
const decisionName = (attempt: Attempt) => `journal/decision-${attempt}.json`;
const takeOverName = (id: OperationId, number: number) => `journal/takeover-${id}-${number}.json`;
const ATTEMPTS: readonly Attempt[] = [1, 2];

export type JournalPlace = Pick<Store, 'backend' | 'platform'>;

/** All that the journal holds of one operation. */
export interface JournalState {
  readonly begin: BeginRecord;
  readonly plans: Readonly<Partial<Record<Attempt, PlanRecord>>>;
  readonly decisions: Readonly<Partial<Record<Attempt, DecisionRecord>>>;
  readonly revert: RevertRecord | undefined;
}

export const journal = {
  /** Begins an operation; answers false where there is one in the journal, finished or not. */
  begin: (place: JournalPlace, record: BeginRecord) => create(place, BEGIN, record),

  async plan(place: JournalPlace, record: PlanRecord): Promise<void> {
    await write(place, planName(record.attempt), record);
  },

  /** After this call, however it ends for us, the operation may be decided. */
  async decide(place: JournalPlace, record: DecisionRecord): Promise<void> {
    await write(place, decisionName(record.attempt), record);
  },

  async revert(place: JournalPlace, record: RevertRecord): Promise<void> {
    await write(place, REVERT, record);
  },

  /** Takes an operation over under the next number; answers false where somebody else has that. */
  takeOver: (place: JournalPlace, record: TakeOverRecord) =>
    create(place, takeOverName(record.id, record.number), record),

  findTakeOver: (place: JournalPlace, id: OperationId, number: number) =>
    find<TakeOverRecord>(place, takeOverName(id, number)),

  /** Whether an operation is in the journal: one look at a name. */
  async isBusy({ backend }: JournalPlace): Promise<boolean> {
    return (await backend.size(BEGIN)) !== undefined;
  },

  /** What the journal holds; `undefined` where no operation is in it. Throws JOURNAL_CORRUPT. */
  async read(place: JournalPlace): Promise<JournalState | undefined> {
    const begin = await find<BeginRecord>(place, BEGIN);
    if (begin === undefined) return undefined;
    const own = <T extends { id: OperationId }>(record: T | undefined) =>
      record?.id === begin.id ? record : undefined;
    const plans: Partial<Record<Attempt, PlanRecord>> = {};
    const decisions: Partial<Record<Attempt, DecisionRecord>> = {};
    for (const attempt of ATTEMPTS) {
      const plan = own(await find<PlanRecord>(place, planName(attempt)));
      const decision = own(await find<DecisionRecord>(place, decisionName(attempt)));
      if (plan !== undefined) plans[attempt] = plan;
      if (decision !== undefined) decisions[attempt] = decision;
    }
    return { begin, plans, decisions, revert: own(await find<RevertRecord>(place, REVERT)) };
  },

  /** Removes the records of an operation that is over. */
  async clear({ backend }: JournalPlace): Promise<void> {
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

/** Records of an operation that is over may have been left behind: they are replaced. */
async function write(place: JournalPlace, name: string, record: object): Promise<void> {
  await place.backend.replace(name, seal(place, record));
}

function create(place: JournalPlace, name: string, record: object): Promise<boolean> {
  return place.backend.createExclusive(name, seal(place, record));
}

function seal({ platform }: JournalPlace, record: object): Uint8Array {
  return sealJson(platform, { format: FORMAT, ...record });
}

async function find<T>({ backend, platform }: JournalPlace, name: string): Promise<T | undefined> {
  const bytes = await backend.read(name);
  if (bytes === undefined) return undefined;
  const record = unsealJson<T & { format: number }>(platform, bytes);
  if (record === undefined) throw corruptJournal(name);
  if (record.format <= FORMAT) return record;
  throw new SavepointError(
    'STORE_NEWER',
    `'${name}' was written by a newer version: update savepoint and repeat.`,
    {
      fields: { file: name, found: record.format, expected: FORMAT },
    },
  );
}

function corruptJournal(file: string): SavepointError {
  return new SavepointError(
    'JOURNAL_CORRUPT',
    `'${file}' fails its checksum, so it can't be told how far an operation came. Look at the components by 'savepoint diff', then remove the store's journal folder by hand.`,
    { fields: { file } },
  );
}
