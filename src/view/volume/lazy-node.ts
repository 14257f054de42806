// A file of a volume. Its content stays where it comes from until somebody writes to it; until then its size, its number
// of names and any part of its content are asked for there. Permissions are kept and shown, but hold nobody up.
import { constants } from 'node:fs';
import { encodeName } from '../../../store/names.js';
import { orInputOutputError } from '../fs-error.js';
import type { LazyEntry, ModifiedTime } from '../lazy-entry.js';
import { type CoreNode, Node } from './core-classes.js';

const LAST_MS = 8.64e15;
const ANY_EXECUTE = 0o111;

export interface NodeOptions {
  readonly inode: number;
  readonly mode: number;
  readonly userId: number;
  readonly groupId: number;
  /** What it was in the beginning; missing for what was made in the volume. */
  readonly origin?: LazyEntry;
}

export class LazyNode extends Node {
  /** What it was in the beginning. */
  readonly origin: LazyEntry | undefined;
  /** Whether its content is still that of `origin`. */
  private isStored: boolean;
  private names: number | undefined;
  /** Whether it was given to somebody, be it to whom it belongs. */
  private wasGiven = false;
  /** In nanoseconds, where it is not what `mtime` says in milliseconds. */
  private exactModifiedNs: bigint | undefined;

  constructor({ inode, mode, userId, groupId, origin }: NodeOptions) {
    super(inode, mode, userId, groupId);
    this.origin = origin;
    this.isStored = origin !== undefined;
    this.names = origin === undefined ? 1 : undefined;
    if (origin !== undefined) this.begin(origin);
  }

  private begin(origin: LazyEntry): void {
    this.rdev = origin.deviceNumber;
    this.setModified(origin.modified);
    this.ctime = this.mtime;
    this.atime = this.mtime;
    this.btime = this.mtime;
    if (!this.isSymlink()) return;
    const target = () => this.ask('readlink', () => origin.target());
    Object.defineProperty(this, 'symlink', { get: target, configurable: true, enumerable: true });
  }

  /** Whether its content is the one that it had in the beginning. */
  hasOriginalContent(): boolean {
    return this.isStored;
  }

  /** Whether it may still do what its origin was allowed to: whoever writes to a file, or gives it away, takes that from it. */
  hasOriginalCapabilities(): boolean {
    return this.isStored && !this.wasGiven;
  }

  get modifiedNs(): bigint {
    return this.exactModifiedNs ?? BigInt(this.mtime.getTime()) * 1_000_000n;
  }

  setModified({ seconds, nanoseconds }: ModifiedTime): void {
    const milliseconds = seconds * 1000 + Math.floor(nanoseconds / 1e6);
    this.mtime = new Date(Math.min(LAST_MS, Math.max(-LAST_MS, milliseconds)));
    this.exactModifiedNs = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
  }

  override get mtime(): Date {
    return super.mtime;
  }

  override set mtime(time: Date) {
    super.mtime = time;
    this.exactModifiedNs = undefined;
  }

  /** Whether it is known how many names it has. */
  hasCountedNames(): boolean {
    return this.names !== undefined;
  }

  override get nlink(): number {
    const { origin } = this;
    if (this.names === undefined && origin !== undefined) {
      if (!isCounting) return 0;
      this.names = this.ask('stat', () => origin.linkCount());
    }
    return this.names as number;
  }

  override set nlink(count: number) {
    this.names = count;
    this.ctime = new Date();
  }

  override getSize(): number {
    const { origin } = this;
    if (this.isStored && origin !== undefined) return this.ask('stat', () => origin.sizeBytes());
    return this.isSymlink() ? encodeName(this.symlink).length : super.getSize();
  }

  override getBuffer(): Buffer {
    if (!this.isStored) return super.getBuffer();
    this.atime = new Date();
    return Buffer.from(this.storedBytes());
  }

  override read(target: ArrayBufferView, offset = 0, length = target.byteLength, position = 0): number {
    const { origin } = this;
    if (!this.isStored || origin === undefined) return super.read(target, offset, length, position);
    this.atime = new Date();
    const lengthBytes = Math.min(length, target.byteLength - offset);
    if (lengthBytes <= 0) return 0;
    const bytes = this.ask('read', () => origin.read({ offset: position, lengthBytes }));
    new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(bytes, offset);
    return bytes.length;
  }

  override write(bytes: Buffer, offset?: number, length?: number, position?: number): number {
    this.adopt();
    return super.write(bytes, offset, length, position);
  }

  override truncate(length = 0): void {
    if (length <= 0) this.isStored = false;
    else this.adopt();
    super.truncate(length);
  }

  override setBuffer(bytes: Buffer): void {
    this.isStored = false;
    super.setBuffer(bytes);
  }

  override setString(text: string): void {
    this.isStored = false;
    super.setString(text);
  }

  override makeSymlink(target: string): void {
    super.makeSymlink(target);
    this.mode = constants.S_IFLNK | 0o777;
  }

  /** Changes no time but that of the change, as the kernel does. */
  override chmod(permissions: number): void {
    this.perm = permissions;
    this.changes.emit(['modify']);
  }

  /** An id of -1 stays as it is; a file loses setuid and, where its group may execute it, setgid, as in the kernel. */
  override chown(userId: number, groupId: number): void {
    if (userId >= 0 && userId < 0xffffffff) this.uid = userId;
    if (groupId >= 0 && groupId < 0xffffffff) this.gid = groupId;
    if (!this.isDirectory()) {
      this.wasGiven = true;
      const setGroup = (this.mode & constants.S_IXGRP) === 0 ? 0 : 0o2000;
      this.mode &= ~(0o4000 | setGroup);
    }
    this.ctime = new Date();
    this.changes.emit(['modify']);
  }

  override canRead(): boolean {
    return true;
  }

  override canWrite(): boolean {
    return true;
  }

  override canExecute(): boolean {
    return this.isDirectory() || (this.mode & ANY_EXECUTE) !== 0;
  }

  /** Takes the content over, to change it. */
  private adopt(): void {
    if (this.isStored) this.setBuffer(Buffer.from(this.storedBytes()));
  }

  private storedBytes(): Uint8Array {
    const { origin } = this;
    if (origin === undefined) return new Uint8Array();
    return this.ask('read', () => origin.read({ offset: 0, lengthBytes: Number.MAX_SAFE_INTEGER }));
  }

  private ask<T>(syscall: string, read: () => T): T {
    return orInputOutputError({ syscall, path: this.origin?.path }, read);
  }
}

let isCounting = true;

/** What `read` gives, while no names are counted that are not counted yet: that takes a look at all that is around a file. */
export function withoutCounting<T>(read: () => T): T {
  isCounting = false;
  try {
    return read();
  } finally {
    isCounting = true;
  }
}

/** Whether a node of a volume knows where it comes from. */
export function isLazyNode(node: CoreNode): node is LazyNode & CoreNode {
  return node instanceof LazyNode;
}
