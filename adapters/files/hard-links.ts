// Files with several names: the first one that the walk meets stands for the file, the others refer to it, unless it
// turns out to be no part of the point, or to have another content by the time that it is read.
import type { LinkName, OpenDirectory } from './open-directory.js';
import { fileType, STATUS_WORDS, WORD } from './status-words.js';

export class HardLinks {
  private readonly first = new Map<string, LinkName>();
  /** The directories that can't be finished before a first name is captured, or has failed. */
  private readonly waiting = new Map<OpenDirectory, Map<number, OpenDirectory[]>>();

  /** The first name of the file whose status stands at `at`; `undefined` where `name` is the first, or the only one. */
  enter(words: Int32Array, at: number, name: LinkName): LinkName | undefined {
    if (words[at + WORD.linkCount] <= 1) return undefined;
    const key = `${words[at + WORD.device]}:${words[at + WORD.inode]}:${words[at + WORD.inode + 1]}`;
    const first = this.first.get(key);
    if (first === undefined) this.first.set(key, name);
    return first;
  }

  /** Has `name` refer to `first`; its directory waits until it is known what becomes of that. */
  follow(first: LinkName, { directory, index }: LinkName): void {
    directory.addExtras(index, { link: first.directory.pathOf(first.index) });
    directory.links.set(index, first);
    if (!isFile(first) || idOf(first) !== '' || isOmitted(first)) return;
    directory.pending++;
    const waiting = this.waiting.get(first.directory) ?? new Map<number, OpenDirectory[]>();
    this.waiting.set(first.directory, waiting);
    waiting.set(first.index, [...(waiting.get(first.index) ?? []), directory]);
  }

  /** The directories that have waited for `name`, once for each name that refers to it. */
  release({ directory, index }: LinkName): readonly OpenDirectory[] {
    const waiting = this.waiting.get(directory);
    const released = waiting?.get(index) ?? [];
    waiting?.delete(index);
    return released;
  }
}

/** Has names stand alone whose first one is no part of the point, or has another content; the next capture looks again. */
export function dropBrokenLinks(directory: OpenDirectory): void {
  for (const [index, first] of directory.links) {
    const isBroken = isFile(first) && idOf(first) !== directory.idOf(index);
    if (directory.omitted.has(index) || !(isBroken || isOmitted(first))) continue;
    directory.extras.set(index, withoutLink(directory.extras.get(index)) ?? {});
    directory.untrusted.add(index);
    directory.changed = true;
  }
}

/** The link of a file depends on what else is there, so it is worked out anew. */
export function withoutLink<T extends { link?: string }>(extras: T | undefined): T | undefined {
  if (extras?.link === undefined) return extras;
  const { link: _, ...rest } = extras;
  return rest as T;
}

function isFile({ directory, index }: LinkName): boolean {
  return fileType(directory.seen.words[index * STATUS_WORDS + WORD.mode]) === 'file';
}

function idOf({ directory, index }: LinkName): string {
  return directory.idOf(index);
}

function isOmitted({ directory, index }: LinkName): boolean {
  return directory.omitted.has(index);
}
