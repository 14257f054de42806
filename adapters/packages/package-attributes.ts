// Extended attributes of packaged files, capabilities above all: archives have no place for them, so they are set afterwards.
import { lstatSync } from 'node:fs';
import { findXattr, setXattr } from '../node/posix-xattr.js';
import type { PreparedPackage } from './prepared-packages.js';

/** Gives the files that were packed anew the attributes that they had. Files that are not there are passed over. */
export function restoreAttributes(packages: readonly PreparedPackage[]): void {
  for (const { attributes = {} } of packages) {
    for (const [path, values] of Object.entries(attributes)) {
      const stat = lstatSync(path, { throwIfNoEntry: false });
      if (stat === undefined || stat.isSymbolicLink()) continue;
      for (const [name, text] of Object.entries(values)) {
        const value = Buffer.from(text, 'base64');
        const live = findXattr(path, name);
        if (live === undefined || !value.equals(live)) setXattr(path, name, value);
      }
    }
  }
}
