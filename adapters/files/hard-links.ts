// Files with several names: the first one that the walk meets stands for the file, the others refer to it.
import type { OpenDirectory } from './open-directory.js';
import { WORD } from './status-words.js';

/** One name of a file. */
export interface LinkName {
  readonly directory: OpenDirectory;
  readonly index: number;
}

export class HardLinks {
  private readonly first = new Map<string, LinkName>();

  /** The first name of the file whose status stands at `at`; `undefined` where `name` is the first, or the only one. */
  enter(words: Int32Array, at: number, name: LinkName): LinkName | undefined {
    if (words[at + WORD.linkCount] <= 1) return undefined;
    const key = `${words[at + WORD.device]}:${words[at + WORD.inode]}:${words[at + WORD.inode + 1]}`;
    const first = this.first.get(key);
    if (first === undefined) this.first.set(key, name);
    return first;
  }
}
