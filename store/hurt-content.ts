// Says of damage in a store whose content it is: the place in a pack alone tells people nothing.
import { type ErrorCode, isSavepointError, SavepointError } from './errors.js';

const DAMAGES: readonly ErrorCode[] = ['BLOCK_CORRUPT', 'PACK_CORRUPT', 'OBJECT_CORRUPT', 'PACK_MISSING'];
const MOST_NAMED = 3;

/** `error`, with the paths of the files whose content could not be read for it; any other error as it is. */
export function hurting(error: unknown, paths: readonly string[]): unknown {
  if (paths.length === 0 || !isSavepointError(error, ...DAMAGES)) return error;
  const named = paths.slice(0, MOST_NAMED).join(', ');
  const more = paths.length > MOST_NAMED ? ` and ${paths.length - MOST_NAMED} more` : '';
  // It says itself how to go on.
  const advice =
    error.code === 'PACK_MISSING'
      ? ''
      : " Run 'savepoint verify --data' to see which points and paths it hurts, and whether it can be mended.";
  return new SavepointError(error.code, `${named}${more} can't be read. ${error.message}${advice}`, {
    fields: { ...error.fields, paths },
    cause: error,
  });
}
