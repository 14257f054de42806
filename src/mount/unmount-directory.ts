// Unmounting as the library offers it; the code is loaded when it is first used.
import type { UnmountOptions } from './unmount.js';

/**
 * Unmounts the point or store that is mounted on `directory`, by whichever process, also one that has died, and answers its real
 * path; the process that serves it ends by itself. Throws PATH_NOT_FOUND where none is, STATE_BUSY, which names the processes
 * that use it (unless `force`), and PERMISSION_DENIED.
 */
export async function unmount(directory: string, options: UnmountOptions = {}): Promise<string> {
  return (await import('./unmount.js')).unmount(directory, options).directory;
}
