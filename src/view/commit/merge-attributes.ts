// The attributes of a file of a volume: what the volume says, and what it does not know of, as it was in the point.
import { constants } from 'node:fs';
import type { FileAttributes } from '../../composition.js';
import { TYPE_BITS } from '../point-entries.js';
import type { ViewAttributes } from '../point-view.js';
import type { CoreNode } from '../volume/core-classes.js';
import { isLazyNode } from '../volume/lazy-node.js';

const TYPES = new Map(
  Object.entries(TYPE_BITS).map(([type, bits]) => [bits, type as FileAttributes['type']]),
);
const LINK_MODE = 0o777;
const SECOND_NS = 1_000_000_000n;

export type NodeAttributes = Omit<FileAttributes, 'name' | 'link'>;

/** `undefined` for what holds no state: a socket. */
export function attributesOfNode(
  node: CoreNode,
  origin: ViewAttributes | undefined,
): NodeAttributes | undefined {
  const type = TYPES.get(node.mode & constants.S_IFMT);
  if (type === undefined) return undefined;
  const mode = type === 'symlink' ? LINK_MODE : node.mode & 0o7777;
  const own = { type, mode, userId: node.uid >>> 0, groupId: node.gid >>> 0, ...modifiedOf(node) };
  const device = type === 'character-device' || type === 'block-device' ? deviceOf(node) : undefined;
  if (origin === undefined) return { ...own, ...(device === undefined ? {} : { device }) };
  const isRewritten = isLazyNode(node) && !node.hasOriginalContent();
  const isCapable = isLazyNode(node) && node.hasOriginalCapabilities();
  const xattrs = extendedAttributes(origin, { mode, isCapable });
  return {
    ...own,
    ...(origin.device === undefined ? {} : { device: origin.device }),
    ...(xattrs === undefined ? {} : { xattrs }),
    ...(origin.data === undefined || isRewritten ? {} : { data: origin.data }),
  };
}

/** Whether a file has the attributes that it had. */
export function hasSameAttributes(left: NodeAttributes, right: ViewAttributes): boolean {
  return (
    left.mode === right.mode &&
    left.userId === right.userId &&
    left.groupId === right.groupId &&
    left.modifiedSeconds === right.modifiedSeconds &&
    left.modifiedNanoseconds === right.modifiedNanoseconds &&
    left.xattrs === right.xattrs
  );
}

function modifiedOf(node: CoreNode): Pick<FileAttributes, 'modifiedSeconds' | 'modifiedNanoseconds'> {
  const modified = isLazyNode(node) ? node.modifiedNs : BigInt(node.mtime.getTime()) * 1_000_000n;
  const rest = ((modified % SECOND_NS) + SECOND_NS) % SECOND_NS;
  return { modifiedSeconds: Number((modified - rest) / SECOND_NS), modifiedNanoseconds: Number(rest) };
}

/** As glibc spreads the bits (gnu_dev_major, gnu_dev_minor). */
function deviceOf({ rdev }: CoreNode): [number, number] {
  return [(rdev >>> 8) & 0xfff, (rdev & 0xff) | ((rdev >>> 12) & 0xfff00)];
}

const CAPABILITIES = 'security.capability';
const ACCESS_LIST = 'system.posix_acl_access';

/** As the kernel leaves them: write and chown take capabilities away, and chmod changes the access list. */
function extendedAttributes(
  { xattrs, mode: before }: ViewAttributes,
  { mode, isCapable }: { readonly mode: number; readonly isCapable: boolean },
): FileAttributes['xattrs'] {
  const losesSome = !isCapable && xattrs?.[CAPABILITIES] !== undefined;
  const list = mode === before ? undefined : xattrs?.[ACCESS_LIST];
  if (!losesSome && list === undefined) return xattrs;
  const kept = { ...xattrs };
  if (losesSome) delete kept[CAPABILITIES];
  if (list !== undefined) kept[ACCESS_LIST] = withMode(list, mode);
  return Object.keys(kept).length === 0 ? undefined : kept;
}

const USER_OWNER = 0x01;
const GROUP_OWNER = 0x04;
const MASK = 0x10;
const OTHERS = 0x20;
const HEADER_BYTES = 4;
const ENTRY_BYTES = 8;

/** An access list after chmod (__posix_acl_chmod_masq in fs/posix_acl.c): the group's bits are those of the mask. */
function withMode(list: string, mode: number): string {
  const bytes = Buffer.from(list, 'base64');
  const entries: number[] = [];
  for (let at = HEADER_BYTES; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) entries.push(at);
  const group = entries.some((at) => bytes.readUInt16LE(at) === MASK) ? MASK : GROUP_OWNER;
  const shifts = new Map([
    [USER_OWNER, 6],
    [group, 3],
    [OTHERS, 0],
  ]);
  for (const at of entries) {
    const shift = shifts.get(bytes.readUInt16LE(at));
    if (shift !== undefined) bytes.writeUInt16LE((mode >> shift) & 7, at + 2);
  }
  return bytes.toString('base64');
}
