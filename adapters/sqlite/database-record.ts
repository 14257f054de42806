// What the file of a SQLite database is like besides its content, and what tells whether somebody has written to it.
import { closeSync, lstatSync, openSync, readSync, statSync } from 'node:fs';
import { targetOf } from './attempt-files.js';
import { HEADER_BYTES } from './canonical-file.js';
import { atFile, isErrno } from './errno.js';

export interface DatabaseRecord {
  readonly path: string;
  /** Whether it is a database at all, and not damaged. */
  readonly isSound: boolean;
  /** Of the content as it is stored; of the damaged file. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Null where it is not sound. */
  readonly format: DatabaseFormat | null;
  readonly mode: number;
  readonly owner: number;
  readonly group: number;
}

export interface DatabaseFormat {
  readonly journalMode: 'wal' | 'delete';
  readonly pageSizeBytes: number;
  readonly applicationId: number;
  readonly userVersion: number;
}

/** Where a database's file was at some instant. */
export interface DatabaseInstant {
  /** Of this host's clock, in milliseconds since 1970 as all times here. */
  readonly atMs: number;
  readonly inode: number;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** As the header of the file has it; in a write-ahead log it goes on before that. */
  readonly changeCounter: number;
  /** Of the write-ahead log; 0 where there is none, or an empty one. */
  readonly logBytes: number;
  readonly logModifiedMs: number;
}

const MOST_MODE = 0o7777;

export function attributesOf(path: string): Pick<DatabaseRecord, 'mode' | 'owner' | 'group'> {
  const { mode, uid, gid } = statSync(path);
  return { mode: mode & MOST_MODE, owner: uid, group: gid };
}

/** What the header of a copy says; the journal is not among it. */
export function readFormat(copy: string): Omit<DatabaseFormat, 'journalMode'> {
  const header = readHeader(copy);
  const pageSize = header.readUInt16BE(16);
  return {
    pageSizeBytes: pageSize === 1 ? 65_536 : pageSize,
    userVersion: header.readInt32BE(60),
    applicationId: header.readInt32BE(68),
  };
}

const MAGIC = 'SQLite format 3\0';

/** Whether a file begins as one of a database does; one without anything in it is a database, too. */
export function looksLikeDatabase(path: string): boolean {
  const header = readHeader(path);
  return header.length === 0 || header.subarray(0, MAGIC.length).toString('latin1') === MAGIC;
}

/** `undefined` where there is no such file. */
export function findInstant(path: string): DatabaseInstant | undefined {
  return atFile(path, () => readInstant(targetOf(path)));
}

function readInstant(target: string): DatabaseInstant | undefined {
  try {
    const status = statSync(target);
    const log = lstatSync(`${target}-wal`, { throwIfNoEntry: false });
    const hasLog = log !== undefined && log.size > 0;
    const header = readHeader(target);
    return {
      ...{ atMs: Date.now(), inode: status.ino, sizeBytes: status.size, modifiedMs: status.mtimeMs },
      changeCounter: header.length < HEADER_BYTES ? 0 : header.readUInt32BE(24),
      ...{ logBytes: hasLog ? log.size : 0, logModifiedMs: hasLog ? log.mtimeMs : 0 },
    };
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Whether nobody has written between two instants. */
export function isSameInstant(left: DatabaseInstant, right: DatabaseInstant): boolean {
  return COUNTED.every((key) => left[key] === right[key]);
}

const COUNTED = ['inode', 'sizeBytes', 'modifiedMs', 'changeCounter', 'logBytes', 'logModifiedMs'] as const;

/** Two writes nearer than this may be of one time. */
const CLOCK_STEP_MS = 2000;

/** Whether any write after the instant changes what the instant says. */
export function isSettled({ atMs, modifiedMs, logModifiedMs }: DatabaseInstant): boolean {
  return atMs - Math.max(modifiedMs, logModifiedMs) > CLOCK_STEP_MS;
}

function readHeader(path: string): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    return header.subarray(0, readSync(descriptor, header, 0, HEADER_BYTES, 0));
  } finally {
    closeSync(descriptor);
  }
}
