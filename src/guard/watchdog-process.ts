// The program of the watchdog: sees one guarded change through. Started by file name, with the store's directory and the
// change's id.
import { writeFileSync } from 'node:fs';
import type { OperationId } from '../../store/operations/operation-entry.js';
import { openSession } from '../session.js';
import { attendGuard } from './attend-guard.js';
import { findGuarded } from './guard-journal.js';

/** What ends a session, or a group of processes, must not end this one. */
for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGPIPE', 'SIGTSTP'] as const)
  process.on(signal, () => {});
process.title = 'savepoint-guard';
spareWhenMemoryIsShort();

const [location, id] = process.argv.slice(2);
const session = await openSession({ store: location });
const guarded = await findGuarded(session.store, id as OperationId);
if (guarded !== undefined) await attendGuard(session, guarded.begin);
await session.close();

/** Others are to be ended first; who may not say so is one among many. */
function spareWhenMemoryIsShort(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '-900');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EACCES', 'EPERM', 'ENOENT', 'EROFS'].includes(code)) throw error;
  }
}
