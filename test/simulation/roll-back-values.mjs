// A process that rolls back, or recovers, once, with components of the fixtures' state adapter: so that a test can kill it at
// any of its calls.
import { openSavepoint } from 'savepoint';

const [action, store, point, module] = process.argv.slice(2);
const { valueAdapter } = await import(module);
const savepoint = await openSavepoint({ store, adapters: [valueAdapter] });
const result = action === 'recover' ? await savepoint.recover() : await savepoint.rollback(point);
await savepoint.close();
process.stdout.write(`${result.outcome ?? result.carried?.outcome ?? result.did}\n`);
