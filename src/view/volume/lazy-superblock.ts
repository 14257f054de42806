// A file system of memfs over entries that are read when they are looked at. What is written stays in memory: nothing
// of what it was made from is ever changed. Whoever uses it is its superuser.
import { constants } from 'node:fs';
import { dirname, resolve } from 'node:path/posix';
import { createFsError, orInputOutputError } from '../fs-error.js';
import type { LazyEntry } from '../lazy-entry.js';
import {
  type Core,
  type CoreFile,
  type CoreLink,
  type CoreNode,
  type CoreProcess,
  Superblock,
} from './core-classes.js';
import { descriptorCalls } from './descriptor-calls.js';
import { LazyChildren } from './lazy-children.js';
import { linkTo } from './lazy-link.js';
import { LazyNode } from './lazy-node.js';
import { nameCalls } from './name-calls.js';

/** Relative paths start at the volume's root. */
const PROCESS: CoreProcess = {
  cwd: () => '/',
  platform: 'linux',
  emitWarning: (message, type) => process.emitWarning(message, type),
  env: {},
  getuid: () => process.getuid?.() ?? 0,
  getgid: () => process.getgid?.() ?? 0,
};

interface Place {
  readonly parent: CoreLink | undefined;
  readonly name: string;
}

export class LazySuperblock extends Superblock {
  /** One node for all names of a file. */
  private readonly nodes = new Map<string, LazyNode>();

  /** `root` is a directory. */
  constructor(root: LazyEntry) {
    super({ process: PROCESS });
    const { read, readv, ftruncate, symlink } = this;
    const write: Core['write'] = (...call) => super.write(...call);
    const onDescriptors = descriptorCalls(this, { read, readv, ftruncate, write });
    Object.assign(this, nameCalls(this, { symlink }), onDescriptors);
    this.root = this.linkOf(root, { parent: undefined, name: '' });
  }

  /** A new node, with the permissions that the process's umask leaves. */
  override createNode(mode: number): CoreNode {
    const owner = { userId: PROCESS.getuid?.() ?? 0, groupId: PROCESS.getgid?.() ?? 0 };
    return this.register(new LazyNode({ inode: this.nextInode(), mode: mode & ~process.umask(), ...owner }));
  }

  override reset(): void {
    super.reset();
    const node = this.createNode(constants.S_IFDIR | 0o777);
    this.root = linkTo(node, { core: this, parent: undefined, name: '' });
    this.nodes.clear();
  }

  /** As memfs's, through a symbolic link that stands at the parent's place. */
  override getLinkParentAsDirOrThrow(path: string | string[], syscall = ''): CoreLink {
    const absolute = resolve('/', Array.isArray(path) ? path.join('/') : path);
    const parent = this.getResolvedLinkOrThrow(dirname(absolute), syscall);
    if (parent.getNode().isDirectory()) return parent;
    throw createFsError('ENOTDIR', { syscall, path: parent.getPath() });
  }

  /** Throws ENXIO for FIFOs and devices: there is nobody at their other end. */
  override openLink(link: CoreLink, flags: number, follow?: boolean, path?: string): CoreFile {
    const node = link.getNode();
    const isKnown = node.isFile() || node.isDirectory() || node.isSymlink();
    if (!isKnown) throw createFsError('ENXIO', { syscall: 'open', path: path ?? link.getPath() });
    if (node.isDirectory() && (flags & constants.O_TRUNC) !== 0)
      throw createFsError('EISDIR', { syscall: 'open', path: path ?? link.getPath() });
    return super.openLink(link, flags, follow, path);
  }

  private linkOf(entry: LazyEntry, { parent, name }: Place): CoreLink {
    const node = this.nodes.get(entry.file) ?? this.nodeOf(entry);
    const link = linkTo(node, { core: this, parent, name });
    if (!node.isDirectory()) return link;
    link.children = new LazyChildren({
      entries: () => orInputOutputError({ syscall: 'scandir', path: entry.path }, () => entry.children()),
      admit: (child, childEntry) => this.linkOf(childEntry, { parent: link, name: child }),
    });
    link.children.set('.', link);
    link.children.set('..', parent ?? link);
    return link;
  }

  private nodeOf(entry: LazyEntry): LazyNode {
    const { mode, userId, groupId, file } = entry;
    const node = new LazyNode({ inode: this.nextInode(), mode, userId, groupId, origin: entry });
    if (!node.isDirectory()) this.nodes.set(file, node);
    return this.register(node);
  }

  private register<T extends CoreNode>(node: T): T {
    this.inodes[node.ino] = node;
    return node;
  }

  private nextInode(): number {
    return (this as unknown as { newInoNumber(): number }).newInoNumber();
  }
}
