// Exchanges the file of a database that is missing, damaged or to be damaged again, and takes files away: by names alone, each
// file with what SQLite keeps beside it. What was there stands aside.
import { existsSync, linkSync, lstatSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { SIDECARS } from './database-files.js';
import {
  changeJournalMode,
  type HeldDatabase,
  holdDatabase,
  type LiveDatabase,
  lookAtLive,
} from './hold-database.js';
import type { ExchangeMeans } from './restore-into.js';
import { isDamage } from './sqlite-error.js';
import { SqliteSession } from './sqlite-session.js';
import type { PreparedDatabase } from './stage-databases.js';
import { syncPath } from './sync-path.js';

export async function moveInPlace(
  each: PreparedDatabase,
  means: ExchangeMeans & { readonly source: string; readonly live: LiveDatabase },
): Promise<void> {
  const { access, target, source, live } = means;
  const format = each.record?.format ?? null;
  if (format !== null) {
    const session = await SqliteSession.open(access, source);
    await changeJournalMode(session, format.journalMode);
    await session.close();
    await syncPath(source);
  }
  await withQuiet(each, { ...means, live }, async (aside) => {
    if (live !== 'missing' && !isSame(target, aside)) {
      rmSync(aside, { force: true });
      linkSync(target, aside);
    }
    moveSidecars(target, aside);
    renameSync(source, target);
    moveSidecars(source, target);
    await syncPath(dirname(target));
  });
}

export async function removeDatabase(each: PreparedDatabase, means: ExchangeMeans): Promise<void> {
  const { access, target } = means;
  const live = await lookAtLive(access, target);
  if (live === 'missing') return;
  await withQuiet(each, { ...means, live }, async (aside) => {
    moveSidecars(target, aside);
    renameSync(target, aside);
    await syncPath(dirname(target));
  });
}

/** Nobody writes meanwhile; `work` is told where what is there goes: to where it stays, if it was written to. */
async function withQuiet(
  { safeSha256 }: PreparedDatabase,
  { access, target, files, isWayBack, live }: ExchangeMeans & { readonly live: LiveDatabase },
  work: (aside: string) => Promise<void>,
): Promise<void> {
  if (live !== 'sound') return work(files.aside);
  const held = await holdDatabase(access, target);
  try {
    const sha256 = await contentOf(held, files.look);
    const isWritten = !isWayBack && safeSha256 !== null && sha256 !== safeSha256;
    await work(isWritten ? files.kept : files.aside);
  } finally {
    // It must not tidy up: beside the old name are others' files by now.
    held.kill();
  }
}

/** `undefined` where it is damaged further on. */
async function contentOf(held: HeldDatabase, look: string): Promise<string | undefined> {
  try {
    await held.settle();
    return (await held.copyTo(look)).sha256;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  } finally {
    rmSync(look, { force: true });
  }
}

/** What SQLite keeps beside a file goes where that went. */
export function moveSidecars(from: string, to: string): void {
  for (const suffix of SIDECARS)
    if (existsSync(`${from}${suffix}`)) renameSync(`${from}${suffix}`, `${to}${suffix}`);
}

function isSame(left: string, right: string): boolean {
  const other = lstatSync(right, { throwIfNoEntry: false });
  return other !== undefined && lstatSync(left).ino === other.ino;
}
