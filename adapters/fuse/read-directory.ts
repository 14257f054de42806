// What is in a directory, as much as fits into what the kernel has room for. The first two places, as the kernel sees them, are
// those of the directory itself and of the one above.
import { type FuseAttributes, type FuseChild, FuseError, type FuseFileSystem } from './fuse-file-system.js';
import type { FuseReply } from './fuse-reply.js';
import type { FuseRequest } from './fuse-request.js';

const OWN_NAMES = 2;

export interface DirectoryReading {
  readonly files: FuseFileSystem;
  /** Whether each name comes with what a look-up would answer. */
  readonly plus: boolean;
}

/** The body: file handle, place, size. */
export function readDirectory(
  request: FuseRequest,
  reply: FuseReply,
  { files, plus }: DirectoryReading,
): void {
  const directory = request.node;
  const limitBytes = request.word(16);
  for (let place = request.long(8); ; ) {
    const isOwn = place < OWN_NAMES;
    const child = isOwn ? ownName(files, directory, place) : files.childAt(directory, place - OWN_NAMES);
    if (child === undefined) return;
    const next = isOwn ? place + 1 : child.next + OWN_NAMES;
    const fits = plus
      ? reply.childWithEntry(child, next, {
          limitBytes,
          validSeconds: files.validSeconds(child.node),
          // The kernel does not want the directory itself looked up.
          attributes: isOwn ? undefined : attributesOf(files, child),
        })
      : reply.child(child, next, limitBytes);
    if (!fits) return;
    place = next;
  }
}

function ownName(files: FuseFileSystem, directory: number, place: number): FuseChild {
  const node = place === 0 ? directory : files.parent(directory);
  const { mode, inodeLow, inodeHigh } = files.attributes(node);
  return { node, name: place === 0 ? '.' : '..', mode, inodeLow, inodeHigh, next: place + 1 };
}

/** A file whose attributes can't be told is listed all the same; whoever looks it up gets the error. */
function attributesOf(files: FuseFileSystem, { node }: FuseChild): FuseAttributes | undefined {
  try {
    return files.attributes(node);
  } catch (error) {
    if (!(error instanceof FuseError)) files.failed(node, error);
    return undefined;
  }
}
