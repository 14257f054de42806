// The operation log: append-only and hash-chained, one file an entry, made exclusively under the next number; many
// entries become one file when they have piled up. No lock, and no entry is ever changed: a line that was altered,
// dropped or put in breaks the chain at that place.
import type { Backend } from '../backend.js';
import { isSavepointError, SavepointError } from '../errors.js';
import type { Platform } from '../platform.js';
import {
  corruptLog,
  encodeEntry,
  FIRST_LINK,
  linkOf,
  type OperationEntry,
  type OperationRecord,
  parseEntry,
} from './operation-entry.js';
import { entryFile, type LogFile, listLogFiles, segmentFile } from './operation-files.js';

export interface OperationLogPlace {
  readonly backend: Backend;
  readonly platform: Pick<Platform, 'hash'>;
}

export interface OperationLog {
  /** Adds an entry, durably, behind damaged ones too. Throws what the backend throws. */
  append(record: OperationRecord): Promise<OperationEntry>;
  /** All entries, oldest first. Throws LOG_CORRUPT. */
  read(): Promise<OperationEntry[]>;
  /** The last entries, oldest first, at least `count` of them where there are so many; reads no more than it must. */
  readLast(count: number): Promise<OperationEntry[]>;
}

/** So many entries become one file. */
export const ENTRIES_IN_SEGMENT = 64;
const MOST_ATTEMPTS = 1000;

export function openOperationLog(place: OperationLogPlace): OperationLog {
  return {
    append: (record) => append(place, record),
    read: async () => readFiles(place, await listLogFiles(place.backend)),
    readLast: async (count) => {
      const files = await listLogFiles(place.backend);
      const last = files.at(-1)?.last ?? 0;
      return readFiles(
        place,
        files.filter((file) => file.last > last - count),
      );
    },
  };
}

async function append(place: OperationLogPlace, record: OperationRecord): Promise<OperationEntry> {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const files = await listLogFiles(place.backend);
    const last = files.at(-1);
    const previous = last === undefined ? FIRST_LINK : await findLink(place, last);
    // Gone since it was listed: others are merging.
    if (previous === undefined) continue;
    const entry: OperationEntry = { ...record, number: (last?.last ?? 0) + 1, previous };
    const name = entryFile(entry.number);
    if (!(await place.backend.createExclusive(name, encodeEntry(place.platform, entry)))) continue;
    if (await wasTaken(place.backend, entry.number)) {
      await place.backend.remove(name);
      continue;
    }
    if (entry.number % ENTRIES_IN_SEGMENT === 0) await merge(place.backend, entry.number);
    return entry;
  }
  throw new SavepointError('LOCKED', 'Too many operations are being logged at once. Repeat the command.');
}

/**
 * The hash of a file's last line; `undefined` where the file is gone. Damage must not keep operations from being logged:
 * the next entry then follows on what there is, and the chain stays broken where it is.
 */
async function findLink(place: OperationLogPlace, file: LogFile): Promise<string | undefined> {
  try {
    const lines = await readLines(place.backend, file);
    return lines && linkOf(place.platform, lines.at(-1) as Uint8Array);
  } catch (error) {
    if (!isSavepointError(error, 'LOG_CORRUPT')) throw error;
    const bytes = await place.backend.read(file.name);
    return bytes && linkOf(place.platform, bytes);
  }
}

/** A number is free again once its entry has become part of a longer file: then that file is there. */
async function wasTaken(backend: Backend, number: number): Promise<boolean> {
  return (await listLogFiles(backend)).some(
    ({ first, last }) => first < last && first <= number && number <= last,
  );
}

async function readFiles(
  { backend, platform }: OperationLogPlace,
  files: readonly LogFile[],
): Promise<OperationEntry[]> {
  const entries: OperationEntry[] = [];
  for (const file of files) {
    const lines = (await readLines(backend, file)) ?? (await readMerged(backend, file));
    for (const line of lines) entries.push(parseEntry(platform, line, file.name));
  }
  return entries;
}

/** The lines of a file, each with its line end; `undefined` where the file is gone. */
export async function readLines(backend: Backend, file: LogFile): Promise<Uint8Array[] | undefined> {
  const bytes = await backend.read(file.name);
  if (bytes === undefined) return undefined;
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(0x0a, start);
    if (end < 0) throw corruptLog(file.name, 'ends in the middle of a line');
    lines.push(bytes.subarray(start, end + 1));
    start = end + 1;
  }
  if (lines.length !== file.last - file.first + 1)
    throw corruptLog(file.name, 'has not as many entries as it says');
  return lines;
}

/** The lines of a file that has become part of another one since it was listed. */
async function readMerged(backend: Backend, file: LogFile): Promise<Uint8Array[]> {
  for (const other of await listLogFiles(backend)) {
    if (other.first > file.first || other.last < file.last) continue;
    const lines = await readLines(backend, other);
    if (lines !== undefined) return lines.slice(file.first - other.first, file.last - other.first + 1);
  }
  throw corruptLog(file.name, 'vanished while it was read');
}

/** Puts the entries up to `last` that stand by themselves into one file; whoever does the same writes the same. */
async function merge(backend: Backend, last: number): Promise<void> {
  const first = last - ENTRIES_IN_SEGMENT + 1;
  const singles: LogFile[] = [];
  for (let number = first; number <= last; number++) {
    singles.push({ name: entryFile(number), first: number, last: number });
  }
  const lines: Uint8Array[] = [];
  for (const single of singles) {
    const found = await readSound(backend, single);
    // Somebody else has merged them, or they are damaged: they stay as they are.
    if (found === undefined) return;
    lines.push(...found);
  }
  await backend.createExclusive(segmentFile(first, last), concatenate(lines));
  for (const { name } of singles) await backend.remove(name);
}

async function readSound(backend: Backend, file: LogFile): Promise<Uint8Array[] | undefined> {
  try {
    return await readLines(backend, file);
  } catch (error) {
    if (isSavepointError(error, 'LOG_CORRUPT')) return undefined;
    throw error;
  }
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
