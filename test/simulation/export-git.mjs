// Exports all points of a store: `export-git.mjs STORE DIRECTORY`.
import { openSavepoint } from '#src/savepoint.js';

const [store, directory] = process.argv.slice(2);
const savepoint = await openSavepoint({ store, inThread: true });
await savepoint.git.export(directory);
await savepoint.close();
