// Commits a volume of the point `one`, in a process that is killed: STORE NAME.
import { openSavepoint } from 'savepoint';

const [store, name] = process.argv.slice(2);
const savepoint = await openSavepoint({ store });
const volume = await savepoint.mountPoint('one', { component: 'tree' });
volume.writeFileSync('/d/new', Buffer.alloc(100_000, `${name} `));
volume.rmSync('/d/e', { recursive: true });
await savepoint.commitVolume(volume, { name });
await savepoint.close();
