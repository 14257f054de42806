// What is in a directory, as much as fits into what the kernel has room for. The first two places, as the kernel sees them, are
// those of the directory itself and of the one above.
import { SavepointError } from '../../store/errors.js';
import { encodeName } from '../../store/names.js';
import { type FuseAttributes, type FuseChild, FuseError, type FuseFileSystem } from './fuse-file-system.js';
import type { FuseReply } from './fuse-reply.js';
import type { FuseRequest } from './fuse-request.js';

const OWN_NAMES = 2;
/** As the kernel has it (FUSE_NAME_MAX): a longer name would make it refuse all others as well. */
const LONGEST_NAME_BYTES = 1024;
/** No code unit takes more in UTF-8. */
const MOST_BYTES_EACH = 3;

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
    if (isTooLong(child.name)) {
      files.failed(directory, nameTooLong(child.name));
      place = next;
      continue;
    }
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

/** Nobody needs to know how long most names are. */
function isTooLong(name: string): boolean {
  return name.length * MOST_BYTES_EACH > LONGEST_NAME_BYTES && encodeName(name).length > LONGEST_NAME_BYTES;
}

function nameTooLong(name: string): SavepointError {
  return new SavepointError(
    'UNSUPPORTED',
    `A name in it is longer than the ${LONGEST_NAME_BYTES} bytes that the kernel takes, and is left out: '${name.slice(0, 40)}…'.`,
  );
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
