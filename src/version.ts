// The version in package.json, which is what `savepoint --version` prints. Found by the package's own name, as this code
// runs from more than one place: module by module, and bundled.
import { createRequire } from 'node:module';

const manifest = createRequire(import.meta.url)('savepoint/package.json') as { version: string };

export const VERSION = manifest.version;
