// How the kernel and this side agree on the protocol (FUSE_INIT): everything that saves requests, as far as the kernel has it.
import { SavepointError } from '../../store/errors.js';
import { INIT_FLAG, OLDEST_MINOR, PROTOCOL_MAJOR, PROTOCOL_MINOR } from './fuse-protocol.js';
import type { FuseReply } from './fuse-reply.js';
import type { FuseRequest } from './fuse-request.js';

const PAGE_BYTES = 4096;
/** What the kernel reads at once at most. */
export const MOST_REPLY_BYTES = 1 << 20;
/** Requests for what is read ahead, that may wait at once. */
const MOST_BACKGROUND = 64;

const ALWAYS =
  INIT_FLAG.asyncRead |
  INIT_FLAG.readDirectoryPlus |
  INIT_FLAG.readDirectoryPlusWhenUseful |
  INIT_FLAG.asyncDirect |
  INIT_FLAG.noOpen |
  INIT_FLAG.parallelDirectories |
  INIT_FLAG.posixAcl |
  INIT_FLAG.maxPages |
  INIT_FLAG.explicitInvalidation;
/** Where nothing ever changes. */
const WHEN_CONSTANT = INIT_FLAG.noOpenDirectory | INIT_FLAG.cacheSymlinks;

/** Throws UNSUPPORTED where the kernel is too old. */
export function initialize(request: FuseRequest, reply: FuseReply, isConstant: boolean): void {
  const [major, minor, maxReadahead, offered] = [0, 4, 8, 12].map((offset) => request.word(offset));
  if (major !== PROTOCOL_MAJOR || minor < OLDEST_MINOR) {
    throw new SavepointError(
      'UNSUPPORTED',
      `This kernel speaks FUSE ${major}.${minor}; mounting takes ${PROTOCOL_MAJOR}.${OLDEST_MINOR}, which Linux has since 4.20.`,
      { fields: { major, minor } },
    );
  }
  reply.init({
    major: PROTOCOL_MAJOR,
    minor: Math.min(minor, PROTOCOL_MINOR),
    maxReadahead: Math.max(maxReadahead, MOST_REPLY_BYTES),
    flags: offered & (ALWAYS | (isConstant ? WHEN_CONSTANT : 0)),
    maxBackground: MOST_BACKGROUND,
    maxPages: MOST_REPLY_BYTES / PAGE_BYTES,
  });
}
