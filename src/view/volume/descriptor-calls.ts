// The calls on open files of a volume, and those that set times, as they are on Linux: memfs's own let a file be
// written that was opened for reading, and know no times finer than milliseconds.
import { constants } from 'node:fs';
import { createFsError } from '../fs-error.js';
import { tellChange } from './change-event.js';
import type { Core, CoreLink, CoreNode } from './core-classes.js';
import { isLazyNode } from './lazy-node.js';

const { O_RDONLY, O_WRONLY, O_RDWR } = constants;
const ACCESS = O_RDONLY | O_WRONLY | O_RDWR;

export type DescriptorCalls = Pick<Core, 'read' | 'readv' | 'write' | 'ftruncate' | 'utimes' | 'futimes'>;

/** `plain` are memfs's own. */
export function descriptorCalls(
  core: Core,
  plain: Omit<DescriptorCalls, 'utimes' | 'futimes'>,
): DescriptorCalls {
  return {
    read: (descriptor, target, offset, length, position) => {
      expectReadable(core, descriptor);
      return plain.read(descriptor, target, offset, length, position);
    },
    readv: (descriptor, targets, position) => {
      expectReadable(core, descriptor);
      return plain.readv(descriptor, targets, position);
    },
    write: (descriptor, bytes, offset, length, position) => {
      const file = core.getFileByFdOrThrow(descriptor, 'write');
      if ((file.flags & ACCESS) === O_RDONLY) throw createFsError('EBADF', { syscall: 'write' });
      const before = file.position;
      const written = plain.write(descriptor, bytes, offset, length, position);
      // Where a position is named, the file's own stays, also where all that is written is appended.
      if (typeof position === 'number' && position >= 0) file.seekTo(before);
      return written;
    },
    ftruncate: (descriptor, length) => {
      if (accessOf(core, descriptor, 'ftruncate') === O_RDONLY)
        throw createFsError('EINVAL', { syscall: 'ftruncate' });
      plain.ftruncate(descriptor, length);
    },
    utimes: (path, accessed, modified, follow = true) => {
      const find = follow ? 'getResolvedLinkOrThrow' : 'getLinkOrThrow';
      const link = core[find](path, follow ? 'utime' : 'lutime');
      setTimes(core, { link, node: link.getNode(), accessed, modified });
    },
    futimes: (descriptor, accessed, modified) => {
      const { link, node } = core.getFileByFdOrThrow(descriptor, 'futime');
      setTimes(core, { link, node, accessed, modified });
    },
  };
}

function accessOf(core: Core, descriptor: number, syscall: string): number {
  return core.getFileByFdOrThrow(descriptor, syscall).flags & ACCESS;
}

function expectReadable(core: Core, descriptor: number): void {
  const { flags, node } = core.getFileByFdOrThrow(descriptor, 'read');
  if ((flags & ACCESS) === O_WRONLY) throw createFsError('EBADF', { syscall: 'read' });
  if (node.isDirectory()) throw createFsError('EISDIR', { syscall: 'read' });
}

/** Times are in seconds since 1970. */
function setTimes(
  core: Core,
  {
    link,
    node,
    accessed,
    modified,
  }: {
    readonly link: CoreLink;
    readonly node: CoreNode;
    readonly accessed: number;
    readonly modified: number;
  },
): void {
  node.atime = new Date(accessed * 1000);
  if (isLazyNode(node)) node.setModified(toTime(modified));
  else node.mtime = new Date(modified * 1000);
  tellChange(core, 'attributes', { link });
}

/** What libuv makes of a time: whole microseconds (uv__fs_to_timespec in src/unix/fs.c). */
function toTime(time: number): { seconds: number; nanoseconds: number } {
  const whole = Math.trunc(time);
  let nanoseconds = Math.trunc((time - whole) * 1e9);
  nanoseconds -= nanoseconds % 1000;
  return nanoseconds < 0
    ? { seconds: whole - 1, nanoseconds: nanoseconds + 1e9 }
    : { seconds: whole, nanoseconds };
}
