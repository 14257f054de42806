// Holds a live database so that nobody else writes to it, while its last content is copied and something is done with it.
import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { SavepointError } from '../../store/errors.js';
import { type CanonicalFile, sealCopy } from './canonical-file.js';
import { copyDatabase, createPrivate, readJournalMode } from './copy-database.js';
import { isErrno, withFile } from './errno.js';
import { isDamage } from './sqlite-error.js';
import { quoteWord, type SqliteAccess, SqliteSession } from './sqlite-session.js';

/** `missing`: there is no file. `damaged`: there is one, and it is no sound database. */
export type LiveDatabase = 'missing' | 'damaged' | 'sound';

/** Throws STATE_BUSY where others hold it for too long. */
export async function lookAtLive(access: SqliteAccess, target: string): Promise<LiveDatabase> {
  if (!existsSync(target)) return 'missing';
  const session = await SqliteSession.open(access, target);
  try {
    await session.run('SELECT count(*) FROM sqlite_schema');
    await session.close();
    return 'sound';
  } catch (error) {
    if (!isDamage(error)) throw error;
    return 'damaged';
  } finally {
    session.kill();
  }
}

/** Lets go of the database when it is killed or closed. */
export abstract class HeldDatabase {
  constructor(
    protected readonly access: SqliteAccess,
    protected readonly session: SqliteSession,
  ) {}

  abstract readonly journalMode: 'wal' | 'delete';

  /** Writes its last content to a new file, in canonical form. */
  abstract copyTo(file: string): Promise<CanonicalFile>;

  /** Puts the content of a file into it, in one transaction; answers whether others could write after the copy and before. */
  abstract restore(file: string): Promise<boolean>;

  /** What is in a write-ahead log goes into the file, as far as nobody reads it: so far as that goes, it stands alone. */
  abstract settle(): Promise<void>;

  /** Throws STATE_BUSY where others have the database open and so keep its journal mode. */
  async setJournalMode(mode: 'wal' | 'delete'): Promise<void> {
    await changeJournalMode(this.session, mode);
  }

  close(): Promise<void> {
    return this.session.close();
  }

  kill(): void {
    this.session.kill();
  }
}

/** What changes a database must not go on alone when this process is gone: whoever takes over would not know of it. */
function launcher(): readonly string[] {
  return existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', '--'] : [];
}

const SETPRIV = '/usr/bin/setpriv';

/** `pageSizeBytes` is that of what is going to be put in, if anything is. */
export async function holdDatabase(
  access: SqliteAccess,
  target: string,
  pageSizeBytes?: number,
): Promise<HeldDatabase> {
  const session = await SqliteSession.open({ ...access, launcher: launcher() }, target);
  try {
    if ((await readJournalMode(session)) === 'wal') {
      const [pageSize] = await session.run('PRAGMA page_size');
      if (pageSizeBytes === undefined || Number(pageSize) === pageSizeBytes) {
        await session.run('BEGIN IMMEDIATE');
        return new HeldWithLog(access, session);
      }
      // No content with other pages gets into a write-ahead log.
      await changeJournalMode(session, 'delete');
    }
    await session.run('BEGIN EXCLUSIVE');
    // From here on the lock is held between transactions, too. Said before, a session that waits would keep others from ending.
    await session.run('PRAGMA locking_mode=EXCLUSIVE');
    await session.run('COMMIT');
    return new HeldWithJournal(access, session);
  } catch (error) {
    session.kill();
    throw error;
  }
}

/** Throws STATE_BUSY where others have it open. */
export async function changeJournalMode(session: SqliteSession, mode: 'wal' | 'delete'): Promise<void> {
  const [now] = await session.run(`PRAGMA journal_mode=${mode}`);
  if (now === mode) return;
  throw new SavepointError(
    'STATE_BUSY',
    `its journal mode stays '${now}' while other programs have it open: stop them, and repeat.`,
    { fields: { path: session.file, expected: mode, found: now } },
  );
}

/** With a rollback journal: nobody else reads or writes. */
class HeldWithJournal extends HeldDatabase {
  readonly journalMode = 'delete';

  async copyTo(file: string): Promise<CanonicalFile> {
    createPrivate(file);
    await this.session.backupTo(file);
    return withFile(file, () => sealCopy(file));
  }

  async restore(file: string): Promise<boolean> {
    await this.session.command(`.restore ${quoteWord(file)}`);
    return false;
  }

  async settle(): Promise<void> {}
}

/** With a write-ahead log: others read on. */
class HeldWithLog extends HeldDatabase {
  readonly journalMode = 'wal';

  /** Another session sees what was committed last. */
  copyTo(file: string): Promise<CanonicalFile> {
    return copyDatabase(this.access, this.session.file, file);
  }

  /** The backup API takes the lock itself: for the instant between both, the log's own counter tells of a writer. */
  async restore(file: string): Promise<boolean> {
    const before = await readLogCounter(this.session.file);
    await this.session.command(`ROLLBACK;\n.restore ${quoteWord(file)}`);
    const after = await readLogCounter(this.session.file);
    return before === undefined || after === undefined || after - before !== 1;
  }

  async settle(): Promise<void> {
    await this.session.run('ROLLBACK');
    await this.session.command('.timeout 0');
    await this.session.run('PRAGMA wal_checkpoint(TRUNCATE)');
    await this.session.command(`.timeout ${this.access.busyTimeoutMs}`);
    await this.session.run('BEGIN IMMEDIATE');
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Of https://www.sqlite.org/walformat.html: counts commits, in the order of bytes of this machine. */
async function readLogCounter(target: string): Promise<number | undefined> {
  const handle = await openIfThere(`${target}-shm`);
  if (handle === undefined) return undefined;
  try {
    const bytes = new Uint32Array(3);
    const { bytesRead } = await handle.read(bytes, 0, bytes.byteLength, 0);
    return bytesRead === bytes.byteLength ? bytes[2] : undefined;
  } finally {
    await handle.close();
  }
}
