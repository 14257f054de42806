// Finds what others have put into, or changed in, a tree between the last look at it and its exchange for another one.
import { isPosixError } from '../node/posix-error.js';
import { identityAt, type PreparedSwap, sameIdentity } from './change-record.js';
import { decodeInodes } from './inode-set.js';
import { listDirectory } from './list-directory.js';
import { OpenFolders } from './open-folders.js';
import { fileType, STATUS_WORDS, WORD } from './status-words.js';

/**
 * Paths in the directory `tree`, open and not read yet, that the decision does not know, be it files or directories. Those
 * that the new tree shares can't be among them: what is written to such a file is in both.
 */
export function findDisplaced(tree: number, swap: PreparedSwap): string[] {
  const [isShared, isDirectory] = [swap.shared, swap.directories].map(decodeInodes);
  const before = new Map(swap.steps.map((step) => [step.path, step.before]));
  const folders = new OpenFolders(tree);
  const displaced: string[] = [];
  try {
    const stack = [''];
    for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
      const { names, words } = list(folders, path);
      for (const [index, name] of names.entries()) {
        const at = index * STATUS_WORDS;
        const child = path === '' ? name : `${path}/${name}`;
        if (fileType(words[at + WORD.mode]) === 'directory') {
          if (isDirectory(words, at)) stack.push(child);
          else displaced.push(child);
        } else if (!isShared(words, at) && !sameIdentity(before.get(child), identityAt(words, at)))
          displaced.push(child);
      }
    }
  } finally {
    folders.close();
  }
  return displaced;
}

function list(folders: OpenFolders, path: string): Pick<ReturnType<typeof listDirectory>, 'names' | 'words'> {
  try {
    return listDirectory(folders.descriptorOf(path), () => true);
  } catch (error) {
    // Who has a directory of the tree open may still be at work in it.
    if (isPosixError(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return { names: [], words: new Int32Array() };
    throw error;
  }
}
