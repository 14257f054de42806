// Who may look, where not everybody may: names and passwords, compared in a time that says nothing about them.
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { SavepointError } from '../../store/errors.js';

const OTHERS = 0o077;

/** The hashes of what a client may send (RFC 7617). */
export type Credentials = readonly Buffer[];

/** From a file with a line `USER:PASSWORD` for each user. Throws USAGE, PERMISSION_DENIED and PATH_NOT_FOUND. */
export function readCredentials(file: string): Credentials {
  const { text, mode } = read(file);
  if ((mode & OTHERS) !== 0) {
    throw new SavepointError(
      'PERMISSION_DENIED',
      `Others may read the passwords in ${file}. Keep them to its owner: chmod 600 ${file}.`,
      { fields: { path: file } },
    );
  }
  return parseCredentials(text.split(/\r?\n/), file);
}

/** `lines` are `USER:PASSWORD` each; `place` is where they come from. Throws USAGE. */
export function parseCredentials(lines: readonly string[], place: string): Credentials {
  const credentials: Buffer[] = [];
  for (const [index, line] of lines.entries()) {
    if (line === '') continue;
    if (!/^[^:]+:.+$/.test(line)) {
      throw new SavepointError('USAGE', `Line ${index + 1} of ${place} is not USER:PASSWORD.`, {
        fields: { place, line: index + 1 },
      });
    }
    credentials.push(hashOf(line));
  }
  if (credentials.length > 0) return credentials;
  throw new SavepointError('USAGE', `There is no USER:PASSWORD in ${place}.`, { fields: { place } });
}

/** Whether the header `Authorization` has one of `credentials`. */
export function hasCredentials(credentials: Credentials, header: string | undefined): boolean {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header ?? '');
  if (encoded === null) return false;
  const given = hashOf(Buffer.from(encoded[1], 'base64'));
  // All are compared, whichever is the one.
  return credentials.filter((known) => timingSafeEqual(known, given)).length > 0;
}

function hashOf(line: string | Buffer): Buffer {
  return createHash('sha256').update(line).digest();
}

function read(file: string): { readonly text: string; readonly mode: number } {
  try {
    return { text: readFileSync(file, 'utf8'), mode: statSync(file).mode };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const detail = { fields: { path: file }, cause: error };
    if (code === 'EISDIR') throw new SavepointError('PATH_NOT_FOUND', `${file} is a directory.`, detail);
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new SavepointError('PATH_NOT_FOUND', `There is no file ${file}.`, detail);
    if (code === 'EACCES') {
      throw new SavepointError('PERMISSION_DENIED', `${file} can't be read.`, detail);
    }
    throw error;
  }
}
