// Reads a git repository without any git on the host, through isomorphic-git: sha1 only, no alternates, and each pack that
// is read is held in memory as a whole.
import fs from 'node:fs';
import { join } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import type { ObjectId, ObjectKind } from '../../store/object-id.js';
import { findGitDirectory } from './find-git-directory.js';
import { type GitObject, type GitRepository, type GitTagRef, LARGEST_PIECE_BYTES } from './git-repository.js';
import { corruptRepository } from './repository-error.js';

type Git = typeof import('isomorphic-git');

/** Throws REPOSITORY_NOT_FOUND, and PROGRAM_MISSING where only git itself can read the repository. */
export async function openByLibrary(directory: string): Promise<GitRepository> {
  const place = findGitDirectory(directory);
  const git = await import('isomorphic-git');
  const { gitDirectory } = place;
  const format = await git.getConfig({ fs, gitdir: gitDirectory, path: 'extensions.objectformat' });
  if (format !== undefined && format !== 'sha1') throw gitNeeded(gitDirectory, `has ${format} objects`);
  if (fs.existsSync(join(gitDirectory, 'objects/info/alternates')))
    throw gitNeeded(gitDirectory, 'borrows objects of another repository');
  if (fs.existsSync(join(gitDirectory, 'reftable')))
    throw gitNeeded(gitDirectory, 'keeps its refs in tables');
  return new LibraryRepository(git, place);
}

class LibraryRepository implements GitRepository {
  readonly objectFormat = 'sha1';
  readonly gitDirectory: string;
  readonly workTree: string | undefined;
  /** What the library keeps of packs. */
  private cache = {};

  constructor(
    private readonly git: Git,
    place: { readonly gitDirectory: string; readonly workTree: string | undefined },
  ) {
    this.gitDirectory = place.gitDirectory;
    this.workTree = place.workTree;
  }

  async listTags(): Promise<GitTagRef[]> {
    const place = { fs, gitdir: this.gitDirectory };
    const tags: GitTagRef[] = [];
    for (const name of await this.git.listTags(place)) {
      const id = await this.git.resolveRef({ ...place, ref: `refs/tags/${name}` });
      tags.push({ name, id: id as ObjectId });
    }
    return tags;
  }

  async *read(ids: readonly ObjectId[]): AsyncGenerator<GitObject> {
    for (const id of ids) {
      const { kind, bytes } = await this.readOne(id);
      yield { id, kind, sizeBytes: bytes.length, content: inPieces(bytes) };
    }
  }

  async close(): Promise<void> {
    this.cache = {};
  }

  private async readOne(id: ObjectId): Promise<{ kind: ObjectKind; bytes: Uint8Array }> {
    const { git, cache, gitDirectory: gitdir } = this;
    try {
      const { type, object } = await git.readObject({ fs, cache, gitdir, oid: id, format: 'content' });
      return { kind: type as ObjectKind, bytes: object as Uint8Array };
    } catch (error) {
      const complaint =
        error instanceof git.Errors.NotFoundError
          ? `it has no object ${id}`
          : `its object ${id} can't be read`;
      throw corruptRepository(gitdir, complaint, { id, cause: error });
    }
  }
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += LARGEST_PIECE_BYTES)
    yield bytes.subarray(at, at + LARGEST_PIECE_BYTES);
}

function gitNeeded(path: string, why: string): SavepointError {
  return new SavepointError(
    'PROGRAM_MISSING',
    `The git repository ${path} ${why}, which only git itself can read, and there is no program 'git' here; install it and repeat.`,
    { fields: { program: 'git', path } },
  );
}
