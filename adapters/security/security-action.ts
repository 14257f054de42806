// What is to be done besides putting files back: plain data, that goes with a step and through the journal.

export type SecurityAction = CapabilityAction | ProfileAction | CacheAction;

export interface CapabilityAction {
  readonly kind: 'capability';
  readonly path: string;
  /** The attribute's value, in hexadecimal; `null` where there is to be none. */
  readonly value: string | null;
  /** Whether it is no failure that the file is not there. */
  readonly ifThere?: boolean;
}

export interface ProfileAction {
  readonly kind: 'profile';
  readonly name: string;
  /** `null` where it is not to be loaded. */
  readonly mode: string | null;
  /** The file that declares it. */
  readonly file: string | null;
  /** Whether it is loaded even if it is there in that mode, as its file has changed. */
  readonly again?: boolean;
}

export interface CacheAction {
  readonly kind: 'cache';
  readonly cache: CacheName;
}

/** Programs that keep users and groups in memory. */
export type CacheName = 'nscd' | 'sssd';

export const CACHES: readonly CacheName[] = ['nscd', 'sssd'];

/** How the steps name what an action is about. */
export function objectOf(action: SecurityAction): string {
  if (action.kind === 'capability') return `capabilities of ${action.path}`;
  return action.kind === 'profile' ? `AppArmor profile ${action.name}` : `cache of ${action.cache}`;
}
