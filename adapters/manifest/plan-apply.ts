// Decides whether the manifests have to be carried out, and says for people what that changes, service by service.
import type { StateComparison, StatePlan } from '../state/state-adapter.js';
import { type DeclaredChange, findDeclaredChanges } from './declared-services.js';
import { findBetter, findMismatches, type Mismatch } from './find-mismatches.js';
import { type RecordedState, type Running, readRecordedState } from './running-state.js';

/** What a step carries. */
export type Expectation = {
  /** What is to run; missing where nobody knows. */
  readonly running?: Running;
  /** Whether that is because it could not be read then: nothing better can be asked for than that it can't be now. */
  readonly wasUnreadable?: boolean;
};

export const SERVICES = 'services';

export async function planApply(comparison: StateComparison): Promise<StatePlan> {
  const { from, to, files, dependencies } = comparison;
  const [now, then] = await Promise.all([readRecordedState(from), readRecordedState(to)]);
  const isComparable = now.reading?.command === then.reading?.command;
  const expected = isComparable ? then.running : undefined;
  const mismatches = expected === undefined ? [] : findMismatches(expected, now.running ?? { services: [] });
  const isUnknown = expected !== undefined && now.running === undefined;
  const unrestorable = unrestorableOf({ now, then, isComparable });
  const isNeeded = files.length > 0 || dependencies.length > 0 || mismatches.length > 0 || isUnknown;
  if (!isNeeded) return { steps: [], unrestorable };
  const clauses = describeChanges(await findDeclaredChanges(from, to), mismatches);
  if (isUnknown) clauses.push('what runs can not be read now');
  if (clauses.length === 0 && files.length > 0) clauses.push(`changed files: ${files.join(', ')}`);
  if (dependencies.length > 0) clauses.push(`after ${dependencies.join(', ')}, which changed`);
  const data: Expectation = {
    ...(expected === undefined ? {} : { running: expected }),
    ...(isComparable && then.reading?.failure !== undefined ? { wasUnreadable: true } : {}),
  };
  const text = `have the manifests carried out: ${clauses.join('; ')}`;
  return { steps: [{ object: SERVICES, do: 'apply', text, data }], unrestorable };
}

function describeChanges(declared: readonly DeclaredChange[], mismatches: readonly Mismatch[]): string[] {
  const named = new Set(declared.map(({ name }) => name));
  return [
    ...declared.map(describeDeclared),
    ...mismatches.filter(({ name }) => !named.has(name)).map(describeMismatch),
  ];
}

function describeDeclared({ name, from, to }: DeclaredChange): string {
  if (to === undefined) return `remove ${name}`;
  if (from === undefined) return to === '' ? `add ${name}` : `add ${name} (${to})`;
  return `change ${name} from ${from || 'nothing'} to ${to || 'nothing'}`;
}

function describeMismatch({ name, expected, found }: Mismatch): string {
  if (name === '') return 'what runs is not what ran then';
  if (expected === undefined) return `${name} is ${found} and was not there then`;
  return `${name} is ${found ?? 'missing'} and was ${expected} then`;
}

function unrestorableOf({
  now,
  then,
  isComparable,
}: {
  readonly now: RecordedState;
  readonly then: RecordedState;
  readonly isComparable: boolean;
}): StatePlan['unrestorable'] {
  if (then.running === undefined) return [];
  if (!isComparable) {
    const text = `what runs was read by '${then.reading?.command}' then, by ${now.reading === undefined ? 'nothing' : `'${now.reading.command}'`} now, and can't be compared`;
    return [{ object: SERVICES, text }];
  }
  if (now.running === undefined) return [];
  return findBetter(then.running, now.running).map(({ name, expected, found }) => ({
    object: `service ${name}`,
    text: `was ${expected} then, which is not brought about again, and is ${found} now`,
  }));
}
