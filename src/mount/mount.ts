// Mounts a point as a read-only file system of this host, served by a thread of this process until it is unmounted: by this
// process, or by anyone else.
import { Worker } from 'node:worker_threads';
import { SavepointError } from '../../store/errors.js';
import { closeFuseDevice, mountFuse, openFuseDevice, unmountFuse } from '../composition.js';
import { findPoint, type Point } from '../points.js';
import type { Session } from '../session.js';
import type { MountNews, MountProblem, MountStart } from './mount-worker.js';
import { prepareMountPoint } from './prepare-mount-point.js';

export interface MountOptions {
  /** Only this component, whose root is the mount's; else each component stands in a directory of its name. */
  readonly component?: string;
  /** Bounds the decoded blocks that are kept: 64 MiB unless set. */
  readonly cacheBytes?: number;
  /** Told of files that are damaged, which whoever reads them gets EIO for. */
  readonly onUnreadable?: (file: { readonly path: string; readonly problem: MountProblem }) => void;
}

/** A mounted point. */
export interface Mount {
  readonly point: Point;
  /** Absolute. */
  readonly directory: string;
  /** Settles once it is unmounted, whoever did that. Rejects where it can't be served any more. */
  readonly ended: Promise<void>;
  /**
   * Unmounts it, also where it is in use: whoever uses it gets errors. Answers when nothing of it is left. Unmounting
   * twice is fine.
   */
  unmount(): Promise<void>;
}

/**
 * Throws POINT_NOT_FOUND, COMPONENT_NOT_FOUND, PATH_NOT_FOUND where there is no `directory`, TARGET_CONFLICT where it can't be
 * mounted on, UNSUPPORTED or PERMISSION_DENIED where FUSE is not to be had, and OBJECT_CORRUPT and the like.
 */
export async function mountOnDirectory(
  session: Session,
  { point: text, directory: named }: { readonly point: string; readonly directory: string },
  options: MountOptions = {},
): Promise<Mount> {
  const point = await findPoint(session, await session.store.openReader(), text);
  const directory = prepareMountPoint(named);
  const descriptor = openFuseDevice();
  const { component, cacheBytes, onUnreadable } = options;
  const start: MountStart = {
    ...{ store: session.location, point: point.id, descriptor },
    ...(component === undefined ? {} : { component }),
    ...(cacheBytes === undefined ? {} : { cacheBytes }),
  };
  const server = new MountServer(start, onUnreadable);
  server.ended.then(
    () => closeFuseDevice(descriptor),
    () => closeFuseDevice(descriptor),
  );
  try {
    await server.until('open');
    mountFuse({ descriptor, directory, source: `savepoint:${session.location}@${point.name}` });
  } catch (error) {
    await server.stop();
    throw error;
  }
  server.begin();
  const letGo = session.hold(() => void unmountFuse(directory, 'by-force'));
  const ended = server.ended.finally(letGo);
  try {
    await server.until('ready');
  } catch (error) {
    unmountFuse(directory, 'by-force');
    throw error;
  }
  return {
    ...{ point, directory, ended },
    unmount: async () => {
      letGo();
      await ended;
    },
  };
}

/** The thread, and what it has told so far. */
class MountServer {
  readonly ended: Promise<void>;
  private readonly worker: Worker;
  private readonly waiting = new Map<MountNews['now'], () => void>();
  private failure: unknown;

  constructor(start: MountStart, onUnreadable: MountOptions['onUnreadable']) {
    this.worker = new Worker(new URL('./mount-worker.js', import.meta.url), {
      workerData: start,
      trackUnmanagedFds: false,
    });
    this.worker.on('message', (news: MountNews) => {
      if (news.now === 'failed') this.failure = errorOf(news.problem);
      else if (news.now === 'unreadable') onUnreadable?.(news);
      else this.waiting.get(news.now)?.();
    });
    this.worker.on('error', (error) => {
      this.failure = error;
    });
    this.ended = new Promise((resolve, reject) => {
      this.worker.once('exit', () => (this.failure === undefined ? resolve() : reject(this.failure)));
    });
    this.ended.catch(() => undefined);
  }

  /** Waits until the thread tells so. Rejects where it ends before. */
  async until(news: 'open' | 'ready'): Promise<void> {
    const told = new Promise<void>((resolve) => this.waiting.set(news, resolve));
    const over = this.ended.then(() => {
      throw new SavepointError('ABORTED', 'It was unmounted before it could be used.');
    });
    await Promise.race([told, over]);
  }

  /** From now on the thread waits for the kernel. */
  begin(): void {
    this.worker.postMessage('begin');
  }

  /** Ends a thread that has not begun. */
  async stop(): Promise<void> {
    await this.worker.terminate();
  }
}

function errorOf({ code, message, fields }: MountProblem): SavepointError {
  return new SavepointError(code, message, { fields });
}
