// Tests of a storage backend, by what they show.
import type { Backend } from '../../store/backend.js';

/** Each opens backends on one place, empty at first, as often as it likes. */
export type BackendTests = Readonly<Record<string, (open: () => Promise<Backend>) => Promise<void>>>;
