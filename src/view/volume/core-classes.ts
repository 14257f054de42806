// The classes that memfs builds its volumes of. It exports the volume alone, so they are taken from one: whichever
// copy of them memfs has loaded, it is the one that its volumes work with.
import { Volume } from 'memfs';

export type Core = Volume['_core'];
export type CoreLink = Core['root'];
export type CoreNode = CoreLink['node'];
export type CoreFile = Core['fds'][number];
export type CoreProcess = Core['process'];
/** What a volume tells its watchers. */
export type CoreChange = Parameters<Parameters<Core['changes']['listen']>[0]>[0];

const sample = new Volume()._core;

export const Superblock = sample.constructor as new (options?: { process?: CoreProcess }) => Core;
export const Link = sample.root.constructor as new (
  core: Core,
  parent: CoreLink | undefined,
  name: string,
) => CoreLink;
export const Node = sample.root.node.constructor as new (
  inode: number,
  mode?: number,
  userId?: number,
  groupId?: number,
) => CoreNode;
