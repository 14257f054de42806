// What goes wrong with a git repository, as errors that say what to do.
import { SavepointError } from '../../store/errors.js';

export function noRepository(path: string): SavepointError {
  return new SavepointError(
    'REPOSITORY_NOT_FOUND',
    `${path} is no git repository; name the directory of one, bare or with its files.`,
    { fields: { path } },
  );
}

export function corruptRepository(
  path: string,
  complaint: string,
  detail: { id?: string; cause?: unknown } = {},
): SavepointError {
  const { id, cause } = detail;
  return new SavepointError(
    'REPOSITORY_CORRUPT',
    `The git repository ${path} can't be read: ${complaint}. 'git fsck' there tells more.`,
    { fields: { path, ...(id === undefined ? {} : { id }) }, cause },
  );
}
