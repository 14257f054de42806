// A process of its own that serves a mount, with nothing of the one that started it: it tells that once, how it went, and goes on
// until it is unmounted or ended by a signal. Nothing imports this file.
import { isSavepointError } from '../../store/errors.js';
import { openSession, type Session } from '../session.js';
import type { BackgroundNews, BackgroundStart } from './background-messages.js';
import { type Mount, mount } from './mount.js';
import { problemOf } from './mount-news.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function serveInBackground({ store, directory, options }: BackgroundStart): Promise<void> {
  let mounted: Mount | undefined;
  let session: Session | undefined;
  try {
    session = await openSession({ store });
    mounted = await mount(session, directory, options);
    tell({ mounted: { point: mounted.point, directory: mounted.directory } });
  } catch (error) {
    await session?.close();
    if (!isSavepointError(error)) throw error;
    tell({ problem: problemOf(error) });
    return;
  }
  for (const signal of SIGNALS) process.once(signal, () => void mounted?.unmount());
  process.disconnect();
  await mounted.ended;
  await session.close();
}

function tell(news: BackgroundNews): void {
  process.send?.(news);
}

await serveInBackground(JSON.parse(process.argv[2]) as BackgroundStart);
