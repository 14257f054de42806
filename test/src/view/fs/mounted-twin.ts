// A point as node:fs, and the tree that it was taken of, mounted read-only: what one says of a file, the other has to say.
import nodeFs, { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openPointFs, type PointFs } from '#src/view/open-point-fs.js';
import { runTool } from '../../../fixtures/run-tool.js';
import { createSavedTree, type SavedTree } from '../../../fixtures/saved-tree.js';

export interface MountedTwin {
  readonly tree: SavedTree;
  readonly fs: PointFs;
  /** Where the tree is mounted. */
  readonly mount: string;
}

/** `build` makes the tree. */
export async function createMountedTwin(build: (tree: SavedTree) => void): Promise<MountedTwin> {
  const tree = await createSavedTree();
  build(tree);
  await tree.save('one');
  const mount = join(tree.directory, 'mount');
  mkdirSync(mount);
  runTool('mount', ['--bind', tree.root, mount]);
  runTool('mount', ['-o', 'remount,bind,ro,nodev', mount]);
  const fs = await openPointFs(tree.session, 'one', { component: 'tree' });
  onTestFinished(() => fs.unmount());
  return { tree, fs, mount };
}

/** The name of a call, and its arguments; a path in them starts with '/'. */
export type Call = readonly [name: string, ...args: unknown[]];

export type Answer = { readonly value: unknown } | { readonly error: Record<string, unknown> };

/** What the point's calls say, and what those of the mounted tree say, as if its mount were '/'. */
export function bothAnswers({ fs, mount }: MountedTwin, [name, ...args]: Call): [Answer, Answer] {
  const there = args.map((arg) => moved(arg, mount));
  return [answerOf(fs, name, args), asIfRoot(answerOf(nodeFs, name, there), mount)];
}

function moved(arg: unknown, mount: string): unknown {
  return typeof arg === 'string' && arg.startsWith('/') ? mount + arg : arg;
}

type SyncCall = ((...given: unknown[]) => unknown) & { readonly native?: SyncCall };

/** Of `realpath` the kernel's is meant: the other one is made of `lstat` and `readlink`, and says so. */
function answerOf(fs: object, name: string, args: readonly unknown[]): Answer {
  const plain = (fs as Record<string, SyncCall>)[`${name}Sync`];
  const call = plain.native ?? plain;
  try {
    return { value: call(...args) };
  } catch (error) {
    return { error: describeError(error as Error) };
  }
}

export function describeError(thrown: Error): Record<string, unknown> {
  const { code, errno, syscall, path, dest } = thrown as NodeJS.ErrnoException & { dest?: string };
  const isOfArguments = code?.startsWith('ERR_') === true;
  return isOfArguments
    ? { code, kind: thrown.constructor.name }
    : { code, errno, syscall, path, dest, message: thrown.message };
}

function asIfRoot(answer: Answer, mount: string): Answer {
  const text = (value: unknown) =>
    typeof value === 'string' ? value.replaceAll(`${mount}/`, '/').replaceAll(mount, '/') : value;
  if (!('error' in answer)) return { value: text(answer.value) };
  return {
    error: Object.fromEntries(Object.entries(answer.error).map(([key, value]) => [key, text(value)])),
  };
}
