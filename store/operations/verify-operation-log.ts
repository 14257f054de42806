// Checks the operation log's chain: each entry has the number after, and names the hash of, the one before it.
import { isSavepointError, type SavepointError } from '../errors.js';
import { corruptLog, FIRST_LINK, linkOf, type OperationEntry, parseEntry } from './operation-entry.js';
import { type LogFile, listLogFiles } from './operation-files.js';
import { type OperationLogPlace, readLines } from './operation-log.js';

/** The first place where the chain is broken. */
export interface BrokenLink {
  readonly file: string;
  /** The number of the entry that does not follow on the one before it, or that can't be read. */
  readonly number: number;
  readonly message: string;
}

/** The first broken link; `undefined` where the whole chain holds. */
export async function verifyOperationLog(place: OperationLogPlace): Promise<BrokenLink | undefined> {
  for (let attempt = 1; ; attempt++) {
    const broken = await checkAll(place);
    // Others may merge files meanwhile: then the chain is looked at from the beginning.
    if (broken !== 'vanished') return broken;
    if (attempt === MOST_ATTEMPTS) throw corruptLog('operations', 'went on changing while it was checked');
  }
}

const MOST_ATTEMPTS = 16;

async function checkAll(place: OperationLogPlace): Promise<BrokenLink | 'vanished' | undefined> {
  let expected = { number: 1, previous: FIRST_LINK };
  for (const file of await listLogFiles(place.backend)) {
    const checked = await checkFile(place, file, expected);
    if (checked === 'vanished' || 'message' in checked) return checked;
    expected = checked;
  }
  return undefined;
}

interface Link {
  readonly number: number;
  readonly previous: string;
}

/** The link that the next file must begin with, or where this one is broken. */
async function checkFile(
  place: OperationLogPlace,
  file: LogFile,
  start: Link,
): Promise<Link | BrokenLink | 'vanished'> {
  let expected = start;
  try {
    const lines = await readLines(place.backend, file);
    if (lines === undefined) return 'vanished';
    for (const line of lines) {
      const entry = parseEntry(place.platform, line, file.name);
      const complaint = findComplaint(entry, expected);
      if (complaint !== undefined) return { file: file.name, number: expected.number, message: complaint };
      expected = { number: entry.number + 1, previous: linkOf(place.platform, line) };
    }
    return expected;
  } catch (error) {
    if (!isSavepointError(error, 'LOG_CORRUPT')) throw error;
    return { file: file.name, number: expected.number, message: (error as SavepointError).message };
  }
}

function findComplaint(entry: OperationEntry, expected: Link): string | undefined {
  if (entry.number !== expected.number)
    return `Entry ${expected.number} of the operation log is missing: entry ${entry.number} stands in its place.`;
  if (entry.previous !== expected.previous)
    return `Entry ${entry.number} of the operation log does not follow on the one before it: one of the two was changed.`;
  return undefined;
}
