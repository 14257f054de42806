// What each request is answered with. Whatever would change something is refused, as the file system is only read.
import { ERRNO } from '../node/posix-error.js';
import { answerXattr, answerXattrNames } from './answer-xattr.js';
import { FuseError, type FuseFileSystem } from './fuse-file-system.js';
import { OPCODE, OPEN_FLAG } from './fuse-protocol.js';
import type { FuseReply } from './fuse-reply.js';
import type { FuseRequest } from './fuse-request.js';
import { initialize } from './initialize.js';
import { readDirectory } from './read-directory.js';

type Answer = (request: FuseRequest, reply: FuseReply, fileSystem: FuseFileSystem) => void;

const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const MAY_WRITE = 2;

/** Numbers of nodes are never used again, so there is nothing to forget. */
const UNANSWERED: ReadonlySet<number> = new Set([OPCODE.forget, OPCODE.batchForget]);

const refuseWrite: Answer = () => {
  throw new FuseError(ERRNO.EROFS);
};

const done: Answer = () => undefined;

const ANSWERS: ReadonlyMap<number, Answer> = new Map<number, Answer>([
  [OPCODE.initialize, (request, reply, { isConstant }) => initialize(request, reply, isConstant)],
  [OPCODE.lookup, lookUp],
  [OPCODE.getAttributes, getAttributes],
  [OPCODE.readLink, readLink],
  [OPCODE.read, read],
  [OPCODE.openDirectory, openDirectory],
  [OPCODE.readDirectory, (request, reply, files) => readDirectory(request, reply, { files, plus: false })],
  [OPCODE.readDirectoryPlus, (request, reply, files) => readDirectory(request, reply, { files, plus: true })],
  [OPCODE.releaseDirectory, done],
  [OPCODE.release, done],
  [OPCODE.destroy, done],
  [OPCODE.statFileSystem, (_, reply) => reply.fileSystem()],
  [OPCODE.getXattr, answerXattr],
  [OPCODE.listXattr, answerXattrNames],
  [OPCODE.access, access],
  [OPCODE.seek, seek],
  [OPCODE.ioctl, refuse(ERRNO.ENOTTY)],
  ...[
    OPCODE.setAttributes,
    OPCODE.makeSymlink,
    OPCODE.makeNode,
    OPCODE.makeDirectory,
    OPCODE.unlink,
    OPCODE.removeDirectory,
    OPCODE.rename,
    OPCODE.renameWith,
    OPCODE.link,
    OPCODE.write,
    OPCODE.create,
    OPCODE.setXattr,
    OPCODE.removeXattr,
    OPCODE.allocate,
    OPCODE.makeTemporary,
  ].map((opcode): [number, Answer] => [opcode, refuseWrite]),
]);

/**
 * Answers whether the request wants a reply. To say of a call that there is none (ENOSYS) is the best answer to many: the
 * kernel does without, and does not ask again; so files are opened, flushed and closed without a request.
 */
export function answerRequest(request: FuseRequest, reply: FuseReply, fileSystem: FuseFileSystem): boolean {
  const { opcode } = request;
  if (UNANSWERED.has(opcode)) return false;
  const answer = ANSWERS.get(opcode);
  if (answer === undefined) throw new FuseError(ERRNO.ENOSYS);
  answer(request, reply, fileSystem);
  return true;
}

function refuse(errno: number): Answer {
  return () => {
    throw new FuseError(errno);
  };
}

/** That there is nothing of a name is remembered, too. */
function lookUp(request: FuseRequest, reply: FuseReply, fileSystem: FuseFileSystem): void {
  const node = fileSystem.find(request.node, request.name());
  if (node === undefined) reply.entry(0, fileSystem.validSeconds(request.node));
  else reply.entry(node, fileSystem.validSeconds(node), fileSystem.attributes(node));
}

function getAttributes({ node }: FuseRequest, reply: FuseReply, fileSystem: FuseFileSystem): void {
  reply.attributes(fileSystem.attributes(node), fileSystem.validSeconds(node));
}

/** What the kernel has room for. A longer one comes from elsewhere than a file system, and would end all by its reply. */
const LONGEST_LINK_BYTES = 4095;

function readLink({ node }: FuseRequest, reply: FuseReply, fileSystem: FuseFileSystem): void {
  const target = fileSystem.readLink(node);
  if (target.length > LONGEST_LINK_BYTES) throw new FuseError(ERRNO.ENAMETOOLONG);
  reply.content(target);
}

/** The body: file handle, offset, size. */
function read(request: FuseRequest, reply: FuseReply, fileSystem: FuseFileSystem): void {
  const range = { offset: request.long(8), lengthBytes: request.word(16) };
  reply.content(fileSystem.read(request.node, range));
}

function openDirectory({ node }: FuseRequest, reply: FuseReply, fileSystem: FuseFileSystem): void {
  if (fileSystem.isConstant) throw new FuseError(ERRNO.ENOSYS);
  const isLasting = fileSystem.validSeconds(node) > 1;
  reply.open(isLasting ? OPEN_FLAG.keepCache | OPEN_FLAG.cacheDirectory : 0);
}

/** Only asked where the kernel does not check permissions itself. */
function access(request: FuseRequest): void {
  if ((request.word(0) & MAY_WRITE) !== 0) throw new FuseError(ERRNO.EROFS);
}

/** The body: file handle, offset, from where. */
function seek(request: FuseRequest, reply: FuseReply, fileSystem: FuseFileSystem): void {
  const whence = request.word(16);
  if (whence !== SEEK_DATA && whence !== SEEK_HOLE) throw new FuseError(ERRNO.EINVAL);
  const what = whence === SEEK_DATA ? 'data' : 'hole';
  const offset = fileSystem.seek(request.node, request.long(8), what);
  if (offset === undefined) throw new FuseError(ERRNO.ENXIO);
  reply.offset(offset);
}
