// Gives a staged file another content than the point's: one in which something stays as it is live.
import { closeSync, constants, fsyncSync, ftruncateSync, openSync } from 'node:fs';
import type { FileAttributes } from './attributes.js';
import { nodePath } from './node-path.js';
import { applyAttributes, writeAll } from './write-file.js';

/** The file at the absolute path `path`, in a directory that nobody else may enter, keeps its attributes. Durable when it returns. */
export function rewriteStaged(path: string, content: Uint8Array, attributes: FileAttributes): void {
  const descriptor = openSync(nodePath(path), constants.O_WRONLY | constants.O_NOFOLLOW);
  try {
    ftruncateSync(descriptor, 0);
    writeAll(descriptor, content, 0);
    applyAttributes(descriptor, attributes, { isNew: false });
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
