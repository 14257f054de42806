// What is known of one file of a point, or of the live state, as plain public data.
import { decodeName } from '../store/names.js';
import type { ObjectId } from '../store/object-id.js';
import type { ObjectReader } from '../store/object-reader.js';
import type { StoredFileType } from './composition.js';
import type { FileEntry } from './directory-listing.js';
import { readDirectory, type TreeContext } from './point-tree.js';
import { isUnreadable } from './unreadable.js';

export interface FileState {
  readonly type: StoredFileType;
  /** Permission bits, with setuid, setgid and sticky. */
  readonly mode: number;
  readonly userId: number;
  /** The user's name, where the captured host knew one. */
  readonly user?: string;
  readonly groupId: number;
  readonly group?: string;
  /** When it was modified: ISO 8601, UTC, with nine digits behind the point. */
  readonly modified: string;
  /** Of a file's content, or a link's target; missing where the content is lost, and for all that has none. */
  readonly sizeBytes?: number;
  /** The git id of a file's content, a symbolic link's target or a directory's tree of contents. */
  readonly id?: ObjectId;
  /** Where a symbolic link leads. */
  readonly target?: string;
  /** The numbers of a device node. */
  readonly device?: { readonly major: number; readonly minor: number };
  /** The first path, relative to the component's root, of the file that this one is a hard link to. */
  readonly link?: string;
  /** Extended attributes, ACLs and capabilities among them: the value in base64 by name. */
  readonly xattrs?: Readonly<Record<string, string>>;
  /** Set where the file has holes. */
  readonly sparse?: true;
}

/** Where files are looked at, and how the size of a content is found out; `undefined` where it can't be. */
export interface StateContext extends TreeContext {
  readonly findSize: (id: ObjectId, path: string) => Promise<number | undefined>;
}

/** The context of what `reader` reads. */
export function storedContext(reader: ObjectReader, format: TreeContext['format']): StateContext {
  return { source: reader, format, findSize: (id) => unlessLost(() => reader.sizeBytes(id)) };
}

/** The state of `entry`, which stands at `path`, relative to its component's root. */
export async function readFileState(
  context: StateContext,
  entry: FileEntry,
  path: string,
): Promise<FileState> {
  const { attributes, directory } = entry;
  const { type, mode, userId, groupId, device, link, xattrs, data } = attributes;
  const owners = entry.owners ?? (directory && (await readDirectory(context, directory)).owners);
  const user = owners?.users.get(userId);
  const group = owners?.groups.get(groupId);
  const id = entry.id ?? directory?.files;
  return {
    ...{ type, mode, userId },
    ...(user === undefined ? {} : { user }),
    groupId,
    ...(group === undefined ? {} : { group }),
    modified: describeTime(attributes.modifiedSeconds, attributes.modifiedNanoseconds),
    ...(await readContentState(context, entry, path)),
    ...(id === undefined ? {} : { id }),
    ...(device === undefined ? {} : { device: { major: device[0], minor: device[1] } }),
    ...(link === undefined ? {} : { link }),
    ...(xattrs === undefined ? {} : { xattrs }),
    ...(data === undefined ? {} : { sparse: true }),
  };
}

async function readContentState(
  context: StateContext,
  { id, attributes }: FileEntry,
  path: string,
): Promise<Pick<FileState, 'sizeBytes' | 'target'>> {
  if (id === undefined) return {};
  if (attributes.type !== 'symlink') {
    const sizeBytes = await context.findSize(id, path);
    return sizeBytes === undefined ? {} : { sizeBytes };
  }
  const found = await unlessLost(() => context.source.read(id));
  return found === undefined ? {} : { sizeBytes: found.content.length, target: decodeName(found.content) };
}

/** What `read` gives; `undefined` where the content is lost or damaged, which `verify` reports. */
async function unlessLost<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}

/** The last second, in either direction from 1970, that a Date can hold. */
const LAST_SECOND = 8.64e12;

/** File systems keep years that calendars don't: what no Date can hold becomes '@seconds.nanoseconds'. */
function describeTime(seconds: number, nanoseconds: number): string {
  const fraction = String(nanoseconds).padStart(9, '0');
  if (Math.abs(seconds) > LAST_SECOND) return `@${seconds}.${fraction}`;
  return `${new Date(seconds * 1000).toISOString().replace(/\.000Z$/, '')}.${fraction}Z`;
}
