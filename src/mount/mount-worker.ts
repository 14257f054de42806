// The thread that serves a mounted point. Nothing but the thread itself imports this file.
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { type ErrorCode, type ErrorFields, isSavepointError } from '../../store/errors.js';
import { serveFuse } from '../composition.js';
import { openSession } from '../session.js';
import { openView } from '../view/open-view.js';
import { MountedTree } from './mounted-tree.js';

/** What the thread starts with. */
export interface MountStart {
  readonly store: string;
  /** By its id. */
  readonly point: string;
  readonly component?: string;
  readonly cacheBytes?: number;
  /** Of the device. */
  readonly descriptor: number;
}

/** What it tells: that the point is open, that the kernel is answered, what can't be read; and why it ends, unless it is unmounted. */
export type MountNews =
  | { readonly now: 'open' }
  | { readonly now: 'ready' }
  | { readonly now: 'unreadable'; readonly path: string; readonly problem: MountProblem }
  | { readonly now: 'failed'; readonly problem: MountProblem };

export interface MountProblem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly fields: ErrorFields;
}

async function serve(
  start: MountStart,
  tell: (news: MountNews) => void,
  begin: Promise<void>,
): Promise<void> {
  const { store, point, component, cacheBytes, descriptor } = start;
  const session = await openSession({ store, inThread: true });
  try {
    const options = {
      ...(component === undefined ? {} : { component }),
      ...(cacheBytes === undefined ? {} : { cacheBytes }),
    };
    const { view } = await openView(session, point, options);
    session.hold(() => view.reader.close());
    const fileSystem = new MountedTree(view, (path, error) => {
      if (!isSavepointError(error)) throw error;
      tell({ now: 'unreadable', path, problem: problemOf(error) });
    });
    tell({ now: 'open' });
    await begin;
    await serveFuse({ descriptor, fileSystem, onReady: () => tell({ now: 'ready' }) });
  } finally {
    await session.close();
  }
}

function problemOf({ code, message, fields }: MountProblem): MountProblem {
  return { code, message, fields };
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  const begin = new Promise<void>((resolve) => port.once('message', () => resolve()));
  const tell = (news: MountNews) => port.postMessage(news);
  try {
    await serve(workerData as MountStart, tell, begin);
  } catch (error) {
    if (!isSavepointError(error)) throw error;
    tell({ now: 'failed', problem: problemOf(error) });
  }
  // The port would keep the thread.
  port.unref();
}
