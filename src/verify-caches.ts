// Checks what is derived and can be deleted at any time: stat caches and the cache of point summaries.
import type { StoreProblem } from '../store/verify/store-problem.js';
import { isSoundCacheFile } from './composition.js';
import { isSoundPointCache } from './list.js';
import type { Session } from './session.js';

const STAT_CACHE = /^cache\/stat-[0-9a-f]{32}$/;
const POINT_CACHE = 'cache/points';

export async function verifyCaches(session: Session): Promise<StoreProblem[]> {
  const { backend, format } = session.store;
  const problems: StoreProblem[] = [];
  for (const { name } of await backend.list('cache')) {
    const isStatCache = STAT_CACHE.test(name);
    if (!isStatCache && name !== POINT_CACHE) continue;
    const bytes = await backend.read(name);
    if (bytes === undefined) continue;
    if (isStatCache ? isSoundCacheFile(bytes, format) : isSoundPointCache(bytes)) continue;
    const message =
      'The cache is damaged. It is made anew when it is needed; until then some work is slower.';
    problems.push({ code: 'INDEX_CORRUPT', file: name, message, lost: new Set() });
  }
  return problems;
}
