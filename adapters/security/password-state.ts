// What can be said of a password without showing it: whether there is one, whether it can be logged in with, until when.
import type { Account, Shadow } from './account-files.js';

/** `none`: there is something that no password matches; `empty`: no password is asked for. */
export type PasswordState = 'set' | 'locked' | 'none' | 'empty';

/** What crypt(5) makes: of a method with a name, of the extended DES, or of the old one. */
const HASH = /^(?:\$[^$:]+\$.+|_[./0-9A-Za-z]{19}|[./0-9A-Za-z]{13})$/;

/** What /etc/passwd says of passwords that are in /etc/shadow. */
const SHADOWED = 'x';

export function passwordState(account: Account, shadow: Shadow | undefined): PasswordState {
  const field = account.password === SHADOWED ? (shadow?.password ?? '*') : account.password;
  if (field === '') return 'empty';
  if (HASH.test(field)) return 'set';
  return field.startsWith('!') && HASH.test(field.replace(/^!+/, '')) ? 'locked' : 'none';
}

/** Whether the whole account has expired, by whatever means its user would log in. */
export function isExpired(shadow: Shadow | undefined, today: number): boolean {
  return shadow?.expireDay !== undefined && shadow.expireDay <= today;
}

/** Whether the password has been too old for too long to be taken. */
export function isPasswordInactive(shadow: Shadow | undefined, today: number): boolean {
  const { changedDay = 0, maxDays, inactiveDays } = shadow ?? {};
  // Day 0 stands for: to be changed at the next login.
  if (changedDay === 0 || maxDays === undefined || inactiveDays === undefined) return false;
  return changedDay + maxDays + inactiveDays < today;
}

/** Days since 1970, as /etc/shadow counts them. */
export function dayOf(timeMs: number): number {
  return Math.floor(timeMs / 86_400_000);
}
