// Archives of packages that apt has fetched and still has: what it took from the network, as it came.
import { closeSync, openSync, readSync } from 'node:fs';
import { systemCode } from '../backends/storage-error.js';
import { archiveStem, type PackageDocument } from './package-document.js';

const CACHE = '/var/cache/apt/archives';
const MAGIC = '!<arch>\n';

/** The file of apt's cache that has this version of a package; `undefined` where there is none. */
export function cachedArchive(document: PackageDocument): string | undefined {
  const path = `${CACHE}/${archiveStem(document)}.deb`;
  return beginsLikeArchive(path) ? path : undefined;
}

function beginsLikeArchive(path: string): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
  try {
    const beginning = Buffer.alloc(MAGIC.length);
    readSync(descriptor, beginning, 0, MAGIC.length, 0);
    return beginning.toString('latin1') === MAGIC;
  } finally {
    closeSync(descriptor);
  }
}
