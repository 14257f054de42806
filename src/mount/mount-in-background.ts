// Mounts from a process that is left running when this one ends, as one expects of `mount`.
import { fork } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SavepointError } from '../../store/errors.js';
import type { Point } from '../points.js';
import { requireLocated, type Session } from '../session.js';
import type { BackgroundNews, BackgroundStart } from './background-messages.js';
import { errorOf } from './mount-news.js';
import type { BackgroundMountOptions } from './mount-options.js';

const ENTRY = fileURLToPath(new URL('./mount-process.js', import.meta.url));

export interface BackgroundMount {
  readonly point: Point | undefined;
  readonly directory: string;
  /** Of the process that serves it; it unmounts on SIGINT, SIGTERM and SIGHUP. */
  readonly processId: number;
}

/** Answers once it is mounted. Throws what `mount` throws. */
export async function mountInBackground(
  session: Session,
  directory: string,
  options: BackgroundMountOptions = {},
): Promise<BackgroundMount> {
  requireLocated(session, 'A mount');
  const start: BackgroundStart = { store: session.location, directory: resolve(directory), options };
  const child = fork(ENTRY, [JSON.stringify(start)], {
    ...{ cwd: '/', detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] },
  });
  const news = await new Promise<BackgroundNews>((settle, reject) => {
    child.once('message', (message) => settle(message as BackgroundNews));
    child.once('error', reject);
    child.once('exit', () => reject(endedEarly(directory)));
  });
  child.removeAllListeners();
  if (child.connected) child.disconnect();
  child.unref();
  if ('problem' in news) throw errorOf(news.problem);
  return { ...news.mounted, processId: child.pid as number };
}

function endedEarly(directory: string): SavepointError {
  return new SavepointError(
    'PROGRAM_FAILED',
    `The process that was to serve ${directory} ended before it was mounted: mount in the foreground to see why.`,
    { fields: { path: directory } },
  );
}
