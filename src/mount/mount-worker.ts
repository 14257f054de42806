// The thread that serves a mounted point, or a whole store. Nothing but the thread itself imports this file.
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { isSavepointError } from '../../store/errors.js';
import type { HeldReaderOptions } from '../../store/held-reader.js';
import { ContentStorer, DecodingRequests, type FuseFileSystem, serveFuse } from '../composition.js';
import { openSession, type Session } from '../session.js';
import { openView } from '../view/open-view.js';
import { StoreView } from '../view/store-view.js';
import { type MountBegin, type MountNews, type MountStart, problemOf } from './mount-news.js';
import { mountedPoint, mountedStore } from './mounted-tree.js';

/** The kernel keeps what was read, too. */
const DEFAULT_CACHE_BYTES = 32 << 20;

async function serve(
  start: MountStart,
  tell: (news: MountNews) => void,
  begin: Promise<MountBegin>,
): Promise<void> {
  const session = await openSession({ store: start.store, inThread: true });
  try {
    const fileSystem = await openFileSystem(session, start, tell);
    tell({ now: 'open' });
    const descriptor = await begin;
    const { storing } = start;
    const storer =
      storing === undefined ? undefined : new ContentStorer(storing, () => tell({ now: 'storing' }));
    await serveFuse({ descriptor, fileSystem, storer, onReady: () => tell({ now: 'ready' }) });
  } finally {
    await session.close();
  }
}

async function openFileSystem(
  session: Session,
  { point, component, cacheBytes, decoding }: MountStart,
  tell: (news: MountNews) => void,
): Promise<FuseFileSystem> {
  const onFailure = (path: string, error: unknown) => {
    if (!isSavepointError(error)) throw error;
    tell({ now: 'unreadable', path, problem: problemOf(error) });
  };
  // What is read is copied into the reply at once.
  const reading: HeldReaderOptions = {
    isTransient: true,
    cacheBytes: cacheBytes ?? DEFAULT_CACHE_BYTES,
    ...(decoding === undefined
      ? {}
      : { ahead: new DecodingRequests(decoding, () => tell({ now: 'reading-on' })) }),
  };
  if (point === undefined) {
    const view = await StoreView.open(session, reading);
    session.hold(() => view.close());
    return mountedStore(view, onFailure);
  }
  const { view } = await openView(session, point, {
    ...reading,
    ...(component === undefined ? {} : { component }),
  });
  session.hold(() => view.reader.close());
  return mountedPoint(view, onFailure);
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  const begin = new Promise<MountBegin>((resolve) => port.once('message', resolve));
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
