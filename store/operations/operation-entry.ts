// One entry of the operation log: a line of canonical JSON that names the hash of the line before it, and a checksum: the
// last entry has none behind it that would tell of damage.

import { SavepointError } from '../errors.js';
import { parseJson } from '../parse-json.js';
import type { Platform } from '../platform.js';

/** Names an operation for good: 32 hexadecimal digits, unpredictable. */
export type OperationId = string & { readonly brand: 'OperationId' };

export type OperationKind =
  | 'save'
  | 'restore'
  | 'rollback'
  | 'undo'
  | 'redo'
  | 'recover'
  | 'guard'
  | 'forget'
  | 'recover-point'
  | 'bundle-restore'
  | 'git-import'
  | 'gc';

/** Operations that change no file of the host: only the store. */
export const STORE_OPERATIONS: readonly OperationKind[] = [
  'save',
  'forget',
  'recover-point',
  'bundle-restore',
  'git-import',
  'gc',
];

export type OperationOutcome =
  /** Everything that was asked for was done. */
  | 'done'
  /** Done, but some files could not be read or written. */
  | 'incomplete'
  /** Nothing was changed, or what had been changed is as it was. */
  | 'failed'
  /** The change was taken back. */
  | 'reverted'
  /** Neither the state before nor the one after: an operator has to look. */
  | 'inconsistent';

/** A point as the log names it: it can be told by its id where its name has gone to another. */
export interface LoggedPoint {
  readonly name: string;
  readonly id: string;
}

/** What an operation says of itself; the log adds number and chain. */
export interface OperationRecord {
  readonly id: OperationId;
  readonly kind: OperationKind;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly user: string;
  readonly host: string;
  /** The words of the command line, or the library's call. */
  readonly command: readonly string[];
  /** The point that holds the state before: what `undo` goes back to. */
  readonly before?: LoggedPoint;
  /** The point that holds the state after. */
  readonly after?: LoggedPoint;
  readonly components: readonly string[];
  /** The operation that this one takes back. */
  readonly undoes?: OperationId;
  readonly outcome: OperationOutcome;
  /** Equal for operations that would lead to the same: 64 hexadecimal digits. */
  readonly fingerprint?: string;
  /** Set where that turned out bad: it is not tried again without being asked for. */
  readonly quarantined?: true;
  /** What went wrong, or else is worth knowing. */
  readonly message?: string;
}

export interface OperationEntry extends OperationRecord {
  /** From 1, without gaps. */
  readonly number: number;
  /** The hash of the line before, with its line end; FIRST_LINK for the first. */
  readonly previous: string;
}

const FORMAT = 1;
const KEYS = [
  ...['number', 'previous', 'id', 'kind', 'startedAt', 'seconds', 'user', 'host', 'command'],
  ...['before', 'after', 'components', 'undoes', 'outcome'],
  ...['fingerprint', 'quarantined', 'message'],
] as const;

/** What the first entry names as the hash before it. */
export const FIRST_LINK = '0'.repeat(64);

/** The line of an entry, with its line end. */
export function encodeEntry(platform: Hashing, entry: OperationEntry): Uint8Array {
  const ordered = KEYS.filter((key) => entry[key] !== undefined).map((key) => [key, entry[key]]);
  const text = JSON.stringify({ format: FORMAT, ...Object.fromEntries(ordered) });
  return new TextEncoder().encode(`${text} ${checksumOf(platform, text)}\n`);
}

type Hashing = Pick<Platform, 'hash'>;

const CHECKSUM_DIGITS = 16;

function checksumOf(platform: Hashing, text: string): string {
  return platform.hash('sha256', new TextEncoder().encode(text)).slice(0, CHECKSUM_DIGITS);
}

/** The hash of a line, with its line end, that the next entry names. Always sha256: the log has one form in all stores. */
export function linkOf(platform: Hashing, line: Uint8Array): string {
  return platform.hash('sha256', line);
}

/** The entry in `line`, found in `file`. Throws LOG_CORRUPT, or STORE_NEWER for a later version. */
export function parseEntry(platform: Hashing, line: Uint8Array, file: string): OperationEntry {
  let parsed: (OperationEntry & { format: number }) | undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
    const json = text.slice(0, -(CHECKSUM_DIGITS + 2));
    if (text !== `${json} ${checksumOf(platform, json)}\n`)
      throw corruptLog(file, 'holds a line that fails its checksum');
    parsed = parseJson(json);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    throw corruptLog(file, 'holds a line that is no entry', error);
  }
  if (typeof parsed?.format === 'number' && parsed.format > FORMAT) {
    throw new SavepointError(
      'STORE_NEWER',
      `'${file}' was written by a newer version: update savepoint and repeat.`,
      { fields: { file, found: parsed.format, expected: FORMAT } },
    );
  }
  if (!Number.isInteger(parsed?.number) || typeof parsed?.previous !== 'string') {
    throw corruptLog(file, 'holds a line that is no entry');
  }
  const { format: _, ...entry } = parsed;
  return entry;
}

export function corruptLog(file: string, complaint: string, cause?: unknown): SavepointError {
  return new SavepointError(
    'LOG_CORRUPT',
    `The operation log is damaged: '${file}' ${complaint}. Points are not hurt by that; 'savepoint verify' names the first broken link.`,
    { fields: { file }, cause },
  );
}
