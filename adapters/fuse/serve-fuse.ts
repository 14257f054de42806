// Serves a file system through an open FUSE device: reads a request, answers it, and reads the next one, in one thread that
// has nothing else to do and mostly never waits for anything but the kernel. Ends when the file system is unmounted.
import { readSync, writeSync } from 'node:fs';
import { ERRNO, errnoOf } from '../node/posix-error.js';
import { answerRequest } from './answer-request.js';
import type { ContentStorer } from './content-storer.js';
import { FuseError, type FuseFileSystem } from './fuse-file-system.js';
import { IN, OPCODE } from './fuse-protocol.js';
import { FuseReply } from './fuse-reply.js';
import { FuseRequest } from './fuse-request.js';
import { MOST_REPLY_BYTES } from './initialize.js';

/** More than any request that is not a write has; forgotten nodes come in batches of up to this. */
const REQUEST_BYTES = 128 << 10;

/** A request that was taken back meanwhile, a signal: the next one will do. */
const PASSING: readonly number[] = [ERRNO.ENOENT, ERRNO.EINTR, ERRNO.EAGAIN];
/** The file system is unmounted, or the connection was ended. */
const OVER: readonly number[] = [ERRNO.ENODEV, ERRNO.ECONNABORTED];

export interface ServeOptions {
  readonly descriptor: number;
  readonly fileSystem: FuseFileSystem;
  /** Gives the kernel contents before it asks for them. */
  readonly storer?: ContentStorer | undefined;
  /** Called once the kernel and this side agree on how to talk. */
  readonly onReady: () => void;
}

/** Throws UNSUPPORTED where the kernel's FUSE is too old, and what goes wrong with the device. */
export async function serveFuse({ descriptor, fileSystem, storer, onReady }: ServeOptions): Promise<void> {
  const request = new FuseRequest(REQUEST_BYTES);
  const reply = new FuseReply(MOST_REPLY_BYTES);
  for (;;) {
    const outcome = exchange(() => readSync(descriptor, request.bytes, 0, REQUEST_BYTES, null));
    if (outcome === 'over') return;
    if (outcome === 'passed') continue;
    const { words } = request;
    const waiting = fileSystem.prepare(request.node);
    if (waiting !== undefined) await waiting;
    reply.clear();
    if (!answerSafely(request, reply, fileSystem)) continue;
    const whole = reply.finish(words[IN.uniqueLow], words[IN.uniqueHigh]);
    if (exchange(() => writeSync(descriptor, whole)) === 'over') return;
    if (request.opcode === OPCODE.initialize) onReady();
    if (request.opcode === OPCODE.read && storer?.isReady) storer.send(fileSystem.following(request.node));
  }
}

/** Whether there is a reply. What can't be answered is told to the file system, and the kernel gets EIO. */
function answerSafely(request: FuseRequest, reply: FuseReply, fileSystem: FuseFileSystem): boolean {
  try {
    return answerRequest(request, reply, fileSystem);
  } catch (error) {
    if (error instanceof FuseError) reply.fail(error.errno);
    else if (request.opcode === OPCODE.initialize) throw error;
    else {
      fileSystem.failed(request.node, error);
      reply.fail(ERRNO.EIO);
    }
    return true;
  }
}

function exchange(call: () => number): 'done' | 'passed' | 'over' {
  try {
    call();
    return 'done';
  } catch (error) {
    const errno = errnoOf(error);
    if (PASSING.includes(errno)) return 'passed';
    if (OVER.includes(errno)) return 'over';
    throw error;
  }
}
