// The POSIX calls as far as node:fs has them, where the C library can't be used. Names in an open directory go through
// /proc/self/fd, which leads to that directory whatever became of its path. Times are good to about 0.24 µs only.
import * as fs from 'node:fs';
import { decodeName } from '../../store/names.js';
import type { PosixCalls } from './posix-call-contract.js';
import { ERRNO, errnoOf } from './posix-error.js';
import { pathForNode } from './posix-place.js';

export const NODE_CALLS: PosixCalls = {
  open: (entry, flags, mode) => answer(() => fs.openSync(pathForNode(entry), flags, mode)),
  close: (descriptor) => answer(() => fs.closeSync(descriptor)),
  makeDirectory: (entry, mode) => answer(() => void fs.mkdirSync(pathForNode(entry), { mode })),
  makeNode: () => -ERRNO.ENOSYS,
  makeSymlink: (entry, content) => answer(() => fs.symlinkSync(pathForNode(content), pathForNode(entry))),
  makeLink: ({ from, to }) => answer(() => fs.linkSync(pathForNode(from), pathForNode(to))),
  readSymlink: (entry) => {
    let content = '';
    const result = answer(() => {
      content = decodeName(fs.readlinkSync(pathForNode(entry), { encoding: 'buffer' }));
    });
    return result < 0 ? result : content;
  },
  removeFile: (entry) => answer(() => fs.unlinkSync(pathForNode(entry))),
  removeDirectory: (entry) => answer(() => fs.rmdirSync(pathForNode(entry))),
  rename: ({ from, to }) => answer(() => fs.renameSync(pathForNode(from), pathForNode(to))),
  renameWith: () => -ERRNO.ENOSYS,
  changeOwner: (target, { userId, groupId }) =>
    typeof target === 'number'
      ? answer(() => fs.fchownSync(target, userId, groupId))
      : answer(() => fs.lchownSync(pathForNode(target), userId, groupId)),
  changeMode: (descriptor, mode) => answer(() => fs.fchmodSync(descriptor, mode)),
  setTimes: (target, { seconds, nanoseconds }) => {
    const modified = Number(seconds) + nanoseconds / 1e9;
    if (typeof target === 'number') {
      return answer(() => fs.futimesSync(target, fs.fstatSync(target).atimeMs / 1000, modified));
    }
    const path = pathForNode(target);
    return answer(() => fs.lutimesSync(path, fs.lstatSync(path).atimeMs / 1000, modified));
  },
};

/** What `call` answers, where that is a number, else 0; or its errno, negative. */
function answer(call: () => unknown): number {
  try {
    const result = call();
    return typeof result === 'number' ? result : 0;
  } catch (error) {
    return -errnoOf(error);
  }
}
