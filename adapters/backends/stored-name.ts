// Which names a backend takes: valid here means one and the same file on any file system and in any object storage,
// inside the backend's own place.
import { SavepointError } from '../../store/errors.js';

/** Where disk backends keep unfinished writes; no stored file is called so. */
export const TEMPORARY_FOLDER = 'tmp';

const LONGEST_NAME = 255;
const SEGMENT = /^[a-z0-9_-][a-z0-9._-]*$/;

/** Throws INVALID_NAME where `name` can't be the name of a stored file or of a folder of them. */
export function checkStoredName(name: string): void {
  const complaint = findComplaint(name);
  if (complaint === undefined) return;
  throw new SavepointError('INVALID_NAME', `'${name}' can't name a file of a store: ${complaint}.`, {
    fields: { name },
  });
}

/** Whether a file that was found in the backend's place can be one that a backend stored. */
export function isStoredName(name: string): boolean {
  return findComplaint(name) === undefined;
}

function findComplaint(name: string): string | undefined {
  if (name.length > LONGEST_NAME) return `it is longer than ${LONGEST_NAME} characters`;
  const segments = name.split('/');
  if (segments[0] === TEMPORARY_FOLDER) return `'${TEMPORARY_FOLDER}/' is for unfinished writes`;
  const odd = segments.find((segment) => !SEGMENT.test(segment));
  if (odd === undefined) return undefined;
  if (odd === '') return 'it is empty, absolute, or has an empty part';
  if (odd.startsWith('.')) return `its part '${odd}' starts with a dot`;
  return `its part '${odd}' has other characters than a-z, 0-9, '.', '_' and '-'`;
}
