// Who is logged in, and how many logins failed: from the records of utmp(5). Where there are none, nothing is known.
import { readFileSync, statSync } from 'node:fs';
import { tolerate } from '../backends/storage-error.js';

export interface Login {
  readonly user: string;
  readonly line: string;
  readonly host: string;
  /** In ISO 8601. */
  readonly since: string;
}

const LOGINS = '/run/utmp';
const FAILED_LOGINS = '/var/log/btmp';
/** A record on Linux, of 32-bit times on all machines. */
const RECORD_BYTES = 384;
const USER_PROCESS = 7;

/** `undefined` where the system keeps no such record. */
export function readLogins(file = LOGINS): Login[] | undefined {
  const bytes = whereThere(() => readFileSync(file));
  return bytes === undefined ? undefined : parseLogins(bytes);
}

export function parseLogins(bytes: Buffer): Login[] {
  const logins: Login[] = [];
  for (let start = 0; start + RECORD_BYTES <= bytes.length; start += RECORD_BYTES) {
    const text = (offset: number, length: number) =>
      bytes
        .subarray(start + offset, start + offset + length)
        .toString('utf8')
        .split('\0', 1)[0];
    if (bytes.readInt16LE(start) !== USER_PROCESS) continue;
    const since = new Date(bytes.readInt32LE(start + 340) * 1000).toISOString();
    logins.push({ user: text(44, 32), line: text(8, 32), host: text(76, 256), since });
  }
  return logins;
}

/** Since the records were begun anew; `undefined` where there are none. */
export function countFailedLogins(file = FAILED_LOGINS): number | undefined {
  const status = whereThere(() => statSync(file));
  return status === undefined ? undefined : Math.floor(status.size / RECORD_BYTES);
}

function whereThere<T>(look: () => T): T | undefined {
  return tolerate(['ENOENT', 'ENOTDIR', 'EACCES'], look);
}
