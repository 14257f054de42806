// The records of guarded changes, in guard/, each named with the change's number. The highest number counts; each record is
// made exclusively, so that of two processes that want to change a state only one does.
import { statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import { canBeAsked, createTemporaryName, isAbandoned, type ProcessIdentity } from '../composition.js';
import { createRecord, findRecord } from '../journal/record-file.js';
import type { Session } from '../session.js';
import { type GuardBegin, type GuardChange, type GuardPhase, isFinal } from './guard-record.js';

/** A guarded change, and the state that it is in. */
export interface Guarded {
  readonly begin: GuardBegin;
  readonly last: GuardChange;
}

/** A process that sees to it that an unconfirmed change goes back, or that enters it into the log. */
interface ClaimRecord {
  readonly process: string;
  readonly startedAt: string;
}

interface Claim {
  /** Whether nobody has had it before. */
  readonly isFirst: boolean;
  renew(): void;
}

type Place = Pick<Session, 'store' | 'location'>;

const padded = (number: number) => String(number).padStart(6, '0');
const beginName = (number: number) => `guard/${padded(number)}-begin.json`;
const stateName = (number: number, state: number) => `guard/${padded(number)}-state-${padded(state)}.json`;
const claimName = (number: number, claim: 'watch' | 'logged', count: number) =>
  `guard/${padded(number)}-${claim}-${padded(count)}.json`;
const commandName = (number: number) => `guard/${padded(number)}-command.json`;
const NAME = /^guard\/(\d+)-(?:begin|command|state-(\d+)|(?:watch|logged)-\d+)\.json$/;

/** A claim of a process that can't be asked, as in another container, has to be renewed within this time. */
const UNRENEWED_MS = 60_000;
const MOST_ROUNDS = 50;

export const guardJournal = {
  /** Arms a change under the next number; answers false where somebody else was faster. Takes away what is over. */
  async arm({ store }: Place, begin: GuardBegin): Promise<boolean> {
    if (!(await createRecord(store, beginName(begin.number), begin))) return false;
    for (const { name, number } of await listNames(store))
      if (number < begin.number) await store.backend.remove(name);
    return true;
  },

  /** The last change that was armed, over or not; `undefined` where there was none. Throws JOURNAL_CORRUPT. */
  async read({ store }: Place): Promise<Guarded | undefined> {
    for (let round = 1; round <= MOST_ROUNDS; round++) {
      const names = await listNames(store);
      const number = Math.max(0, ...names.map((each) => each.number));
      if (number === 0) return undefined;
      const begin = await findRecord<GuardBegin>(store, beginName(number));
      const last = begin && (await readLast(store, begin, names));
      // Otherwise the next one has been armed meanwhile.
      if (begin !== undefined && last !== undefined) return { begin, last };
    }
    throw new SavepointError(
      'JOURNAL_CORRUPT',
      "The records of the guarded change are not complete, so it can't be told what became of it. Look at the components by 'savepoint diff', then remove the store's guard folder by hand.",
    );
  },

  /**
   * The state that a change is in by now; `undefined` where another one has been armed since: then this one was over.
   * Throws STORAGE_FAILED where its records are out of sight: a store may be for a while.
   */
  async readState({ store }: Place, begin: GuardBegin): Promise<Guarded | undefined> {
    const names = await listNames(store);
    if (names.some(({ number }) => number > begin.number)) return undefined;
    const last = names.some(({ number }) => number === begin.number)
      ? await readLast(store, begin, names)
      : undefined;
    if (last !== undefined) return { begin, last };
    throw new SavepointError(
      'STORAGE_FAILED',
      `The records of the guarded change are not to be found in the store ${store.backend.location}: it is not there, or not all of it.`,
      { fields: { operation: begin.id } },
    );
  },

  /** Brings a change from the state that it is in to the next one; answers false where it is no longer in that. */
  async advance({ store }: Place, { begin, last }: Guarded, phase: GuardPhase): Promise<boolean> {
    const number = last.number + 1;
    // A phase may be made of the state before: what is said of the record itself is new.
    const record = { ...phase, number, at: new Date().toISOString(), by: createTemporaryName() };
    if (!(await createRecord(store, stateName(begin.number, number), record))) return false;
    // Where all of it has been taken away meanwhile, its names are free again.
    const found = await findRecord<GuardBegin>(store, beginName(begin.number));
    if (found?.id === begin.id) return true;
    await store.backend.remove(stateName(begin.number, number));
    return false;
  },

  /** Makes this process the one that watches; answers with how to say that it still does, or `undefined` where another one does. */
  watch: (place: Place, begin: GuardBegin) => claim(place, begin, 'watch'),

  /** Makes this process the one that enters a change into the log. */
  claimLog: (place: Place, begin: GuardBegin) => claim(place, begin, 'logged'),

  /** Whether a living process watches. */
  async isWatched(place: Place, { number }: GuardBegin): Promise<boolean> {
    let isHeld = false;
    for (let count = 1; ; count++) {
      const name = claimName(number, 'watch', count);
      const found = await findRecord<ClaimRecord>(place.store, name);
      if (found === undefined) return isHeld;
      isHeld = !isDead(place, found, name);
    }
  },

  /** Notes the process that makes the change. */
  async noteCommand({ store }: Place, { number }: GuardBegin, identity: ProcessIdentity): Promise<void> {
    await createRecord(store, commandName(number), identity);
  },

  findCommand: ({ store }: Place, { number }: GuardBegin) =>
    findRecord<ProcessIdentity>(store, commandName(number)),
};

/** The change that is not over yet. */
export async function findActive(place: Place): Promise<Guarded | undefined> {
  const guarded = await guardJournal.read(place);
  return guarded === undefined || isFinal(guarded.last) ? undefined : guarded;
}

/** Whether the process that makes a change, or was about to, is gone. One that can't be asked is where its watchdog is. */
export async function isMakerGone(place: Place, begin: GuardBegin): Promise<boolean> {
  if (canBeAsked(begin.process)) return isAbandoned(begin.process, Date.parse(begin.startedAt));
  const isFresh = Date.now() - Date.parse(begin.startedAt) < UNRENEWED_MS;
  return !isFresh && !(await guardJournal.isWatched(place, begin));
}

async function claim(
  place: Place,
  { number }: GuardBegin,
  what: 'watch' | 'logged',
): Promise<Claim | undefined> {
  for (let count = 1; ; ) {
    const name = claimName(number, what, count);
    const found = await findRecord<ClaimRecord>(place.store, name);
    if (found === undefined) {
      const record: ClaimRecord = { process: createTemporaryName(), startedAt: new Date().toISOString() };
      if (await createRecord(place.store, name, record))
        return { isFirst: count === 1, renew: () => renew(place, name) };
      // Somebody else was faster, and may be alive.
      continue;
    }
    if (!isDead(place, found, name)) return undefined;
    count++;
  }
}

function isDead(place: Place, { process, startedAt }: ClaimRecord, name: string): boolean {
  if (canBeAsked(process)) return isAbandoned(process, Date.parse(startedAt));
  const status = statSync(join(place.location, name), { throwIfNoEntry: false });
  return status === undefined || Date.now() - status.mtimeMs > UNRENEWED_MS;
}

function renew({ location }: Place, name: string): void {
  const now = new Date();
  try {
    utimesSync(join(location, name), now, now);
  } catch (error) {
    // Who can't say so counts as gone, sooner or later; to end for that would make it true.
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
  }
}

async function readLast(
  store: Place['store'],
  begin: GuardBegin,
  names: Awaited<ReturnType<typeof listNames>>,
): Promise<GuardChange | undefined> {
  const { number, startedAt, process } = begin;
  const state = Math.max(0, ...names.filter((each) => each.number === number).map((each) => each.state));
  if (state === 0) return { number: 0, at: startedAt, by: process, state: 'armed' };
  return findRecord<GuardChange>(store, stateName(number, state));
}

async function listNames({ backend }: Place['store']) {
  return (await backend.list('guard')).flatMap(({ name }) => {
    const match = NAME.exec(name);
    return match === null ? [] : [{ name, number: Number(match[1]), state: Number(match[2] ?? 0) }];
  });
}
