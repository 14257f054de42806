// Which names a point may have, besides the rules for refs: none that means something else on the command line.
import { SavepointError } from '../store/errors.js';

/** Throws INVALID_NAME. */
export function checkPointName(name: string): void {
  if (!/^(latest(~\d*)?|live)$/.test(name) && !/[~:\s]/.test(name)) return;
  throw new SavepointError(
    'INVALID_NAME',
    `'${name}' can't name a point: choose one without '~', ':' or blanks, and neither 'latest' nor 'live'.`,
    { fields: { name } },
  );
}
