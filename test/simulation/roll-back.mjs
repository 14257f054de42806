// A process that rolls back, or recovers, once: so that a test can kill it at any of its calls.
import { recover } from '#src/rollback/recover.js';
import { rollback } from '#src/rollback/rollback.js';
import { openSession } from '#src/session.js';

const [action, store, point] = process.argv.slice(2);
const session = await openSession({ store });
const result = action === 'recover' ? await recover(session) : await rollback(session, point);
await session.close();
process.stdout.write(`${result.outcome ?? result.carried?.outcome ?? result.did}\n`);
