// Extended attributes: their names, and their values. Who asks with no room wants to know how much it takes.
import { encodeName } from '../../store/names.js';
import { ERRNO } from '../node/posix-error.js';
import { FuseError, type FuseFileSystem } from './fuse-file-system.js';
import type { FuseReply } from './fuse-reply.js';
import type { FuseRequest } from './fuse-request.js';

/** The body: how much room there is; of a question for one, then its name. */
export function answerXattr(request: FuseRequest, reply: FuseReply, fileSystem: FuseFileSystem): void {
  const value = fileSystem.xattr(request.node, request.name(8));
  if (value === undefined) throw new FuseError(ERRNO.ENODATA);
  answerSized(request, reply, value);
}

export function answerXattrNames(request: FuseRequest, reply: FuseReply, fileSystem: FuseFileSystem): void {
  const names = fileSystem.xattrNames(request.node);
  answerSized(request, reply, encodeName(names.map((name) => `${name}\0`).join('')));
}

function answerSized(request: FuseRequest, reply: FuseReply, content: Uint8Array): void {
  const room = request.word(0);
  if (room === 0) reply.length(content.length);
  else if (room < content.length) throw new FuseError(ERRNO.ERANGE);
  else reply.content(content);
}
