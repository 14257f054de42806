// Durations on a command line, written as savepoint.yaml has them.
import { SavepointError } from '../../store/errors.js';
import { readDurationMs } from './amounts.js';

const DURATION = /^([0-9]{1,9}(\.[0-9]{1,3})?(ms|s|m|h|d))+$/;

/** The milliseconds of `90s`, `5m`, `1h30m`, or of a number of seconds; 0 is one too. Throws USAGE. */
export function parseDuration(text: string): number {
  if (/^0(ms|s|m|h|d)?$/.test(text)) return 0;
  if (/^[0-9]{1,9}$/.test(text)) return readDurationMs(Number(text));
  if (DURATION.test(text)) return readDurationMs(text);
  throw new SavepointError('USAGE', `'${text}' is no duration: write 90s, 5m, 2h or 1d, say.`, {
    fields: { duration: text },
  });
}
