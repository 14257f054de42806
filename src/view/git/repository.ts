// A store of sha1 ids as a git repository: its objects are git's own, so each is shown as a loose one under its id. Tags
// are the points; the one branch is the latest. History ends, as in a shallow clone, where a commit is no longer stored.
import type { HeldReader } from '../../../store/held-reader.js';
import type { ObjectId } from '../../../store/object-id.js';
import { parseCommit } from '../../../store/objects/commit-and-tag.js';
import { BRANCH, tagNameOf } from '../../git/tag-name.js';
import type { Point } from '../../points.js';
import { encodeLoose, looseSize } from './loose-object.js';
import { fixedDirectory, type RepositoryDirectory, textFile, treeOfFiles } from './repository-entry.js';

const CONFIG = '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n';

export interface RepositoryOptions {
  /** The reader, for as long as the repository is open; throws afterwards. */
  readonly use: () => HeldReader;
  /** Oldest first. Those that are damaged have tags, too: it shows when they are read. */
  readonly points: readonly Point[];
}

export function repositoryOf({ use, points }: RepositoryOptions): RepositoryDirectory {
  const names = new Set(points.map(({ name }) => name));
  const tags = points.map(
    ({ name, id }) => [`tags/${tagNameOf(name, names)}`, textFile(() => `${id}\n`)] as const,
  );
  const sound = points.filter(({ damaged }) => damaged === undefined);
  const latest = sound.at(-1);
  const branch = BRANCH.slice('refs/'.length);
  const heads = latest === undefined ? [] : [[branch, textFile(() => `${latest.commit}\n`)] as const];
  const refs = treeOfFiles(new Map([...heads, ...tags]));
  return fixedDirectory({
    HEAD: textFile(() => `ref: ${BRANCH}\n`),
    config: textFile(() => CONFIG),
    objects: objectsOf(use),
    refs: withDirectories(refs, ['heads', 'tags']),
    shallow: textFile(() =>
      shallowCommits(use(), sound)
        .map((id) => `${id}\n`)
        .join(''),
    ),
  });
}

/** Where there are no points, git still wants the directories. */
function withDirectories(directory: RepositoryDirectory, wanted: readonly string[]): RepositoryDirectory {
  return {
    find: (name) => directory.find(name) ?? (wanted.includes(name) ? fixedDirectory({}) : undefined),
    names: () => new Set([...directory.names(), ...wanted]),
  };
}

function objectsOf(use: () => HeldReader): RepositoryDirectory {
  const extra = fixedDirectory({ info: fixedDirectory({}), pack: fixedDirectory({}) });
  const last = new LastObject(use);
  return {
    find: (name) => (/^[0-9a-f]{2}$/.test(name) ? fanOut(use, name, last) : extra.find(name)),
    names: () => [...FAN_OUT, ...extra.names()],
  };
}

const FAN_OUT = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function fanOut(use: () => HeldReader, prefix: string, last: LastObject): RepositoryDirectory {
  return {
    find(name) {
      if (!/^[0-9a-f]{38}$/.test(name)) return undefined;
      const id = (prefix + name) as ObjectId;
      if (!use().has(id)) return undefined;
      return {
        sizeBytes: () => looseSize(use().kind(id), use().sizeBytes(id)),
        content: () => last.get(id),
      };
    },
    names() {
      const reader = use();
      const ids = reader.findIdsWithPrefix(prefix, Number.POSITIVE_INFINITY);
      return ids.filter((id) => reader.has(id)).map((id) => id.slice(prefix.length));
    },
  };
}

/** The file of the object that was asked for last: a reader may take it in parts. */
class LastObject {
  private kept: { readonly id: ObjectId; readonly bytes: Uint8Array } | undefined;

  constructor(private readonly use: () => HeldReader) {}

  get(id: ObjectId): Uint8Array {
    const reader = this.use();
    if (this.kept?.id === id) return this.kept.bytes;
    const { kind, content } = reader.read(id);
    const bytes = encodeLoose(kind, content);
    this.kept = { id, bytes };
    return bytes;
  }
}

/** The commits behind the points that have a parent which is not stored. */
function shallowCommits(reader: HeldReader, points: readonly Point[]): ObjectId[] {
  const shallow: ObjectId[] = [];
  const seen = new Set<ObjectId>();
  const open = points.map(({ commit }) => commit);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const { parents } = parseCommit(reader.read(id).content, reader.source.format);
    if (parents.every((parent) => reader.has(parent))) open.push(...parents);
    else shallow.push(id);
  }
  return shallow;
}
