// Opens a store as a git repository, for programs that take node:fs: `dir` is '/', `gitdir` '/.git'.
import { SavepointError } from '../../../store/errors.js';
import { HeldReader } from '../../../store/held-reader.js';
import { listPoints } from '../../list.js';
import type { Session } from '../../session.js';
import { type ReadOnlyFs, readOnlyFs } from '../fs/read-only-fs.js';
import { readHistory } from './git-history.js';
import { repositoryOf } from './repository.js';
import { fixedDirectory, RepositoryEntry } from './repository-entry.js';

export interface OpenGitOptions {
  /** Bounds the decoded blocks that are kept: 64 MiB unless set. */
  readonly cacheBytes?: number;
}

/** A store as a repository, read-only. Whoever opened it unmounts it; until then the store's packs are held. */
export type GitFs = ReadOnlyFs & {
  /** Lets go of the store: what is read afterwards ends in EIO. Unmounting twice is fine. */
  unmount(): void;
  [Symbol.dispose](): void;
};

/** Throws UNSUPPORTED where the store has sha256 ids, and what listing points throws. */
export async function openGitFs(session: Session, options: OpenGitOptions = {}): Promise<GitFs> {
  const { root, letGo } = await openRepository(session, options);
  return { ...readOnlyFs(root), unmount: letGo, [Symbol.dispose]: letGo };
}

export interface OpenRepository {
  readonly root: RepositoryEntry;
  readonly letGo: () => void;
}

/** Throws as `openGitFs`. */
export async function openRepository(
  session: Session,
  { cacheBytes }: OpenGitOptions,
): Promise<OpenRepository> {
  requireSha1(session);
  const points = await listPoints(session);
  const reader = await HeldReader.open(session.store, cacheBytes === undefined ? {} : { cacheBytes });
  let isClosed = false;
  const use = () => {
    if (!isClosed) return reader;
    throw new SavepointError('USAGE', 'The repository was let go of: open it again to read more of it.');
  };
  const letGo = session.hold(() => {
    isClosed = true;
    reader.close();
  });
  try {
    const repository = repositoryOf({ use, points, history: await readHistory(reader, points) });
    const latest = points.findLast(({ damaged }) => damaged === undefined);
    const seconds = Math.floor(Date.parse(latest?.createdAt ?? EPOCH) / 1000);
    const root = fixedDirectory({ '.git': repository });
    return { root: new RepositoryEntry('/', root, { seconds, nanoseconds: 0 }), letGo };
  } catch (error) {
    letGo();
    throw error;
  }
}

const EPOCH = '1970-01-01T00:00:00Z';

function requireSha1({ store, location }: Session): void {
  if (store.format === 'sha1') return;
  throw new SavepointError(
    'UNSUPPORTED',
    `The store ${location} has sha256 ids, which programs that take a repository as files don't know. Write its points with sha1 ids by 'savepoint git export --object-format sha1', and give them that.`,
    { fields: { location, objectFormat: store.format } },
  );
}
