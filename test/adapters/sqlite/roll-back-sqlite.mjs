// A process that rolls back, once, components of kind `sqlite`: so that a test can kill it.
import { openSavepoint } from 'savepoint';

const [store, point, module] = process.argv.slice(2);
const { sqliteAdapter } = await import(module);
const savepoint = await openSavepoint({ store, adapters: [sqliteAdapter] });
const { outcome } = await savepoint.rollback(point, { withData: true });
await savepoint.close();
process.stdout.write(`${outcome}\n`);
