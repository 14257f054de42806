// Finds out whether a file system takes extended attributes and access control lists, on a file that never has a name.
import { closeSync, constants, openSync } from 'node:fs';
import { isSavepointError } from '../store/errors.js';
import { setXattr } from './composition.js';

export interface AttributeProbe {
  /** `undefined` where it could not be tried. */
  readonly attributes: boolean | undefined;
  readonly accessControl: boolean | undefined;
  /** Why it could not be tried. */
  readonly reason?: string;
}

/** The bit that makes O_DIRECTORY an O_TMPFILE (asm-generic/fcntl.h), which Node has no name for. */
const TEMPORARY_BIT = 0o20000000;

/** Tries both in `directory`. Nothing of it can be seen, whatever happens. */
export function probeAttributes(directory: string): AttributeProbe {
  let descriptor: number;
  try {
    descriptor = openSync(directory, TEMPORARY_BIT | constants.O_DIRECTORY | constants.O_RDWR, 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return { attributes: undefined, accessControl: undefined, reason: `no file can be made there (${code})` };
  }
  try {
    return {
      attributes: takes(descriptor, 'user.savepoint', Buffer.from('1')),
      accessControl: takes(descriptor, 'system.posix_acl_access', accessList()),
    };
  } catch (error) {
    if (!isSavepointError(error, 'UNSUPPORTED')) throw error;
    return { attributes: undefined, accessControl: undefined, reason: String(error.fields['reason']) };
  } finally {
    closeSync(descriptor);
  }
}

const REFUSALS: readonly unknown[] = ['ENOTSUP', 'EPERM', 'EACCES', 'ENOSPC', 'EINVAL'];

function takes(descriptor: number, name: string, value: Uint8Array): boolean {
  try {
    setXattr(descriptor, name, value);
    return true;
  } catch (error) {
    if (isSavepointError(error) && REFUSALS.includes(error.fields['errno'])) return false;
    throw error;
  }
}

/** A list with an entry for one user more than the mode has room for (linux/posix_acl_xattr.h). */
function accessList(): Uint8Array {
  const entries = [
    { tag: 0x01, permissions: 6 },
    { tag: 0x02, permissions: 4, id: 1 },
    { tag: 0x04, permissions: 0 },
    { tag: 0x10, permissions: 4 },
    { tag: 0x20, permissions: 0 },
  ];
  const bytes = Buffer.alloc(4 + entries.length * 8);
  bytes.writeUInt32LE(2, 0);
  entries.forEach(({ tag, permissions, id = 0xffffffff }, position) => {
    bytes.writeUInt16LE(tag, 4 + position * 8);
    bytes.writeUInt16LE(permissions, 6 + position * 8);
    bytes.writeUInt32LE(id, 8 + position * 8);
  });
  return bytes;
}
