// The records of guarded changes, in guard/, each named with the change's number. The highest number counts; each record is made exclusively, so
// that of two processes that want to change a state only one does.
import type { OperationId } from '../../store/operations/operation-entry.js';
import { createTemporaryName, isAbandoned } from '../composition.js';
import { createRecord, findRecord, type RecordPlace } from '../journal/record-file.js';
import { type GuardBegin, type GuardChange, type GuardPhase, isFinal } from './guard-record.js';

/** A guarded change, and the state that it is in. */
export interface Guarded {
  readonly begin: GuardBegin;
  readonly last: GuardChange;
}

/** A process that sees to it that an unconfirmed change goes back. */
interface WatchRecord {
  readonly process: string;
  readonly startedAt: string;
}

const padded = (number: number) => String(number).padStart(6, '0');
const beginName = (number: number) => `guard/${padded(number)}-begin.json`;
const stateName = (number: number, state: number) => `guard/${padded(number)}-state-${padded(state)}.json`;
const watchName = (number: number, watch: number) => `guard/${padded(number)}-watch-${padded(watch)}.json`;
const NAME = /^guard\/(\d+)-(?:begin|state-(\d+)|watch-\d+)\.json$/;

export const guardJournal = {
  /** Arms a change under the next number; answers false where somebody else was faster. Takes away what is over. */
  async arm(place: RecordPlace, begin: GuardBegin): Promise<boolean> {
    if (!(await createRecord(place, beginName(begin.number), begin))) return false;
    for (const { name, number } of await listNames(place))
      if (number < begin.number) await place.backend.remove(name);
    return true;
  },

  /** The last change that was armed, over or not; `undefined` where there was none. */
  async read(place: RecordPlace): Promise<Guarded | undefined> {
    for (;;) {
      const names = await listNames(place);
      const number = Math.max(0, ...names.map((each) => each.number));
      if (number === 0) return undefined;
      const begin = await findRecord<GuardBegin>(place, beginName(number));
      const state = Math.max(0, ...names.filter((each) => each.number === number).map((each) => each.state));
      const last = state === 0 ? undefined : await findRecord<GuardChange>(place, stateName(number, state));
      // Otherwise the next one has been armed meanwhile.
      if (begin === undefined || (state > 0 && last === undefined)) continue;
      return { begin, last: last ?? armed(begin) };
    }
  },

  /** Brings a change from the state that it is in to the next one; answers false where it is no longer in that. */
  advance(place: RecordPlace, { begin, last }: Guarded, phase: GuardPhase): Promise<boolean> {
    const number = last.number + 1;
    const record = { number, at: new Date().toISOString(), by: createTemporaryName(), ...phase };
    return createRecord(place, stateName(begin.number, number), record);
  },

  /** Makes this process the one that watches; answers false while another one does. */
  async watch(place: RecordPlace, { number }: GuardBegin): Promise<boolean> {
    for (let watch = 1; ; watch++) {
      const found = await findRecord<WatchRecord>(place, watchName(number, watch));
      if (found !== undefined && !isAbandoned(found.process, Date.parse(found.startedAt))) return false;
      if (found !== undefined) continue;
      const record: WatchRecord = { process: createTemporaryName(), startedAt: new Date().toISOString() };
      if (await createRecord(place, watchName(number, watch), record)) return true;
    }
  },

  /** Whether a living process watches. */
  async isWatched(place: RecordPlace, { number }: GuardBegin): Promise<boolean> {
    let last: WatchRecord | undefined;
    for (let watch = 1; ; watch++) {
      const found = await findRecord<WatchRecord>(place, watchName(number, watch));
      if (found === undefined)
        return last !== undefined && !isAbandoned(last.process, Date.parse(last.startedAt));
      last = found;
    }
  },
};

/** The change that is not over yet. */
export async function findActive(place: RecordPlace): Promise<Guarded | undefined> {
  const guarded = await guardJournal.read(place);
  return guarded === undefined || isFinal(guarded.last) ? undefined : guarded;
}

/** The change with this id, over or not, while the store still knows it. */
export async function findGuarded(place: RecordPlace, id: OperationId): Promise<Guarded | undefined> {
  const guarded = await guardJournal.read(place);
  return guarded?.begin.id === id ? guarded : undefined;
}

function armed({ startedAt, process }: GuardBegin): GuardChange {
  return { number: 0, at: startedAt, by: process, state: 'armed' };
}

async function listNames({ backend }: RecordPlace) {
  return (await backend.list('guard')).flatMap(({ name }) => {
    const match = NAME.exec(name);
    return match === null ? [] : [{ name, number: Number(match[1]), state: Number(match[2] ?? 0) }];
  });
}
