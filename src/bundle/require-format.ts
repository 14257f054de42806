// Objects have the ids of one object format: a bundle fits only stores of its own.
import { SavepointError } from '../../store/errors.js';
import type { Session } from '../session.js';
import type { OpenBundle } from './open-bundle.js';

/** Throws BUNDLE_MISMATCH. */
export function requireFormat(session: Session, bundle: OpenBundle): void {
  const [expected, found] = [session.store.format, bundle.objectFormat];
  if (expected === found) return;
  throw new SavepointError(
    'BUNDLE_MISMATCH',
    `The bundle has objects named by ${found}, and this store names them by ${expected}; make a store for it with 'savepoint init --object-format ${found}'.`,
    { fields: { expected, found } },
  );
}
