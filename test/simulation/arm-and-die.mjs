// A process that arms a guarded change of paths, says that it is being made, and ends without a word.
import { componentsOfPaths } from '#src/components.js';
import { armGuard } from '#src/guard/arm-guard.js';
import { deadlineIn } from '#src/guard/boot-clock.js';
import { findActive, guardJournal } from '#src/guard/guard-journal.js';
import { openSession } from '#src/session.js';

const [store, ...paths] = process.argv.slice(2);
const session = await openSession({ store, create: true });
await armGuard(session, {
  ...{ command: ['update'], definitions: componentsOfPaths(paths), force: false },
  policy: { timeoutMs: 60_000, watchMs: 0, triggers: [], partial: false, priority: [], health: [] },
});
const guarded = await findActive(session);
await guardJournal.advance(session, guarded, { state: 'running', deadline: deadlineIn(60_000) });
await session.close();
