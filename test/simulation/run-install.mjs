// A process that installs into a root, or takes the installation away, once: so that a test can kill it at any of its calls.
import { install } from '#src/install/install.js';
import { uninstall } from '#src/install/uninstall.js';

const [action, root, everyMs] = process.argv.slice(2);
if (action === 'install') await install({ root, everyMs: Number(everyMs) });
else await uninstall({ root });
