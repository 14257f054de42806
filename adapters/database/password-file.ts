// A password that stands in a file of its own: it is in no point, no argument and no message.
import { readFileSync, statSync } from 'node:fs';
import { SavepointError } from '../../store/errors.js';

const READABLE_BY_OTHERS = 0o044;

/** Without the newline at its end. Throws CONFIG_INVALID where it can't be read, or others can. */
export function readPassword(file: string, component: string): string {
  const refuse = (why: string, cause?: unknown) =>
    new SavepointError('CONFIG_INVALID', `${component}: the file of the password, ${file}, ${why}`, {
      fields: { component, setting: 'passwordFile', path: file },
      cause,
    });
  try {
    const { mode } = statSync(file);
    if ((mode & READABLE_BY_OTHERS) !== 0) throw refuse('can be read by others: chmod 600 it.');
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EACCES') throw error;
    throw refuse(code === 'ENOENT' ? 'is not there: write it.' : 'can not be read by this user.', error);
  }
}
