// A store of sha1 ids as a git repository: its objects are git's own, so each is shown as a loose one under its id. Tags
// are the points; the one branch is the latest. History ends, as in a shallow clone, where a commit is no longer stored.
import type { HeldReader } from '../../../store/held-reader.js';
import type { ObjectId } from '../../../store/object-id.js';
import { BRANCH, tagNameOf } from '../../git/tag-name.js';
import type { Point } from '../../points.js';
import type { GitHistory } from './git-history.js';
import { encodeLoose, looseSize } from './loose-object.js';
import {
  fixedDirectory,
  type RepositoryDirectory,
  type RepositoryFile,
  textFile,
  treeOfFiles,
} from './repository-entry.js';

const CONFIG = '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n';
const FAN_OUT = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export interface RepositoryOptions {
  /** The reader, for as long as the repository is open; throws afterwards. */
  readonly use: () => HeldReader;
  readonly points: readonly Point[];
  readonly history: GitHistory;
}

export function repositoryOf(options: RepositoryOptions): RepositoryDirectory {
  const { points, history } = options;
  return fixedDirectory({
    HEAD: textFile(() => `ref: ${BRANCH}\n`),
    config: textFile(() => CONFIG),
    objects: objectsOf(new Objects(options)),
    refs: withDirectories(refsOf(points, history), ['heads', 'tags']),
    shallow: textFile(() => history.shallow.map((id) => `${id}\n`).join('')),
  });
}

function refsOf(points: readonly Point[], { tags, head }: GitHistory): RepositoryDirectory {
  const names = new Set(points.map(({ name }) => name));
  const refs = new Map<string, RepositoryFile>();
  for (const { name, id } of points) {
    refs.set(
      `tags/${tagNameOf(name, names)}`,
      textFile(() => `${tags.get(id)}\n`),
    );
  }
  if (head !== undefined)
    refs.set(
      BRANCH.slice('refs/'.length),
      textFile(() => `${head}\n`),
    );
  return treeOfFiles(refs);
}

/** Where there are no points, git still wants the directories. */
function withDirectories(directory: RepositoryDirectory, wanted: readonly string[]): RepositoryDirectory {
  return {
    find: (name) => directory.find(name) ?? (wanted.includes(name) ? fixedDirectory({}) : undefined),
    names: () => new Set([...directory.names(), ...wanted]),
  };
}

function objectsOf(objects: Objects): RepositoryDirectory {
  const extra = fixedDirectory({ info: fixedDirectory({}), pack: fixedDirectory({}) });
  return {
    find: (name) => (/^[0-9a-f]{2}$/.test(name) ? fanOut(objects, name) : extra.find(name)),
    names: () => [...FAN_OUT, ...extra.names()],
  };
}

function fanOut(objects: Objects, prefix: string): RepositoryDirectory {
  return {
    find(name) {
      const id = (prefix + name) as ObjectId;
      if (!/^[0-9a-f]{38}$/.test(name) || !objects.has(id)) return undefined;
      return { sizeBytes: () => objects.sizeBytes(id), content: () => objects.read(id) };
    },
    names: () => objects.findIds(prefix).map((id) => id.slice(prefix.length)),
  };
}

/** All objects of the repository, as files. */
class Objects {
  private readonly use: () => HeldReader;
  private readonly made: GitHistory['made'];
  /** What was read last: whoever reads may take it in parts. */
  private last: { readonly id: ObjectId; readonly bytes: Uint8Array } | undefined;

  constructor({ use, history }: RepositoryOptions) {
    this.use = use;
    this.made = history.made;
  }

  has(id: ObjectId): boolean {
    return this.use().has(id) || this.made.has(id);
  }

  findIds(prefix: string): ObjectId[] {
    const reader = this.use();
    const stored = reader.findIdsWithPrefix(prefix, Number.POSITIVE_INFINITY).filter((id) => reader.has(id));
    const made = [...this.made.keys()].filter((id) => id.startsWith(prefix));
    return [...new Set([...stored, ...made])];
  }

  sizeBytes(id: ObjectId): number {
    const made = this.made.get(id);
    if (made !== undefined) return looseSize(made.kind, made.content.length);
    return looseSize(this.use().kind(id), this.use().sizeBytes(id));
  }

  read(id: ObjectId): Uint8Array {
    const reader = this.use();
    if (this.last?.id === id) return this.last.bytes;
    const { kind, content } = this.made.get(id) ?? reader.read(id);
    const bytes = encodeLoose(kind, content);
    this.last = { id, bytes };
    return bytes;
  }
}
