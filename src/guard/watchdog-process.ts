// The program of the watchdog: sees one guarded change through. Started by file name, with the store's directory and the
// change's id.
import { writeFileSync } from 'node:fs';
import { loadFormats, loadLibrary } from '../composition.js';
import { openSession } from '../session.js';
import { attendGuard } from './attend-guard.js';
import { guardJournal } from './guard-journal.js';

/** What ends a session, or a group of processes, must not end this one. */
for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGPIPE', 'SIGTSTP'] as const)
  process.on(signal, () => {});
spareWhenMemoryIsShort();

const [location, id] = process.argv.slice(2);
process.title = `savepoint-guard ${location}`;
// The change may take this program's own files away: from here on no more of them are needed, and so no threads.
const session = await openSession({ store: location, inThread: true });
loadLibrary();
const guarded = await guardJournal.read(session);
if (guarded?.begin.id === id) {
  await session.adapters.addModules(guarded.begin.adapters ?? []);
  await session.adapters.load(guarded.begin.kinds ?? []);
  await loadFormats();
  await attendGuard(session, guarded.begin);
}
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
