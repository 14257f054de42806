// Serves the points of a store to git, over the standard streams of this process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { isSavepointError, SavepointError } from '../../store/errors.js';
import { gitEnvironment, runProgram } from '../composition.js';
import { openSession, type Session } from '../session.js';
import { withCachedRepository } from './cached-repository.js';
import { exportPoints } from './export-points.js';

export interface ServeOptions {
  /** What stands behind `savepoint::`, or all of `savepoint://DIR`. */
  readonly address: string;
  /** The remote's name, or its address where it has none. */
  readonly remoteName: string;
  readonly service: string;
  /** Called when git may begin to talk. */
  readonly onReady: () => void;
}

const SERVICES = ['git-upload-pack', 'git-upload-archive'];
const CACHE_NAME = 'clone.git';
const STDERR = 2;

/** The exit code of git's own service. Throws STORE_NOT_FOUND, UNSUPPORTED, and what `exportPoints` throws. */
export async function serveToGit(options: ServeOptions): Promise<number> {
  const { address, service, onReady } = options;
  if (!SERVICES.includes(service))
    throw new SavepointError('UNSUPPORTED', `git asks for '${service}', which a store does not offer.`);
  const directory = address.replace(/^savepoint:\/\//, '');
  if (directory === '')
    throw new SavepointError(
      'USAGE',
      'Name the store behind savepoint::, as in savepoint::/var/lib/savepoint.',
    );
  const session = await openSession({ store: resolve(directory) });
  try {
    await keepAbsolute(options, directory);
    return await withCachedRepository(session, CACHE_NAME, async (repository) => {
      await exportAll(session, repository);
      onReady();
      return run(service, repository);
    });
  } finally {
    await session.close();
  }
}

/** How often, and how soon, it is tried again where another process exports into the same repository. */
const MOST_ATTEMPTS = 100;
const BETWEEN_MS = 100;

async function exportAll(session: Session, repository: string): Promise<void> {
  const isSeen = isatty(STDERR);
  for (let attempt = 1; ; attempt++) {
    try {
      await exportPoints(session, repository, isSeen ? { onProgress: showProgress } : {});
      if (isSeen) writeSync(STDERR, '\r\x1b[K');
      return;
    } catch (error) {
      if (attempt === MOST_ATTEMPTS || !isSavepointError(error, 'LOCKED')) throw error;
    }
    await delay(BETWEEN_MS);
  }
}

function showProgress({ bytes, totalBytes }: { readonly bytes: number; readonly totalBytes: number }): void {
  if (totalBytes > 0) writeSync(STDERR, `\rsavepoint: exporting ${Math.floor((bytes / totalBytes) * 100)} %`);
}

async function run(service: string, repository: string): Promise<number> {
  const { GIT_PROTOCOL } = process.env;
  const environment = {
    ...process.env,
    ...gitEnvironment(repository),
    ...(GIT_PROTOCOL === undefined ? {} : { GIT_PROTOCOL }),
  };
  const child = spawn('git', [service.slice('git-'.length), repository], {
    stdio: 'inherit',
    env: environment,
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}

/**
 * A clone is elsewhere than where it was made: the address that it keeps of a store is made absolute, as git itself does for
 * directories.
 */
async function keepAbsolute({ address, remoteName }: ServeOptions, directory: string): Promise<void> {
  const { GIT_DIR } = process.env;
  if (isAbsolute(directory) || GIT_DIR === undefined || remoteName.includes('::')) return;
  const environment = gitEnvironment(resolve(GIT_DIR));
  const config = (...args: string[]) =>
    runProgram('git', [`--git-dir=${resolve(GIT_DIR)}`, 'config', '--local', ...args], { environment });
  const key = `remote.${remoteName}.url`;
  const kept = await config('--get', key);
  if (kept.stdout.toString('utf8').trimEnd() !== `savepoint::${address}`) return;
  await config(key, `savepoint::${resolve(directory)}`);
}
