// A process that ends what a crash left of a guarded change, once: so that a test can kill it at any of its calls.
import { recover } from '#src/recover.js';
import { openSession } from '#src/session.js';

const session = await openSession({ store: process.argv[2] });
const { guard, did } = await recover(session);
await session.close();
process.stdout.write(`${guard?.state ?? did}\n`);
