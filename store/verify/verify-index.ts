// Checks that the index segments of a store say of its packs what their tables say.
import { isSavepointError } from '../errors.js';
import type { ObjectIndex } from '../index/object-index.js';
import { encodePacksSegment } from '../index/publish-segment.js';
import { equalBytes } from '../names.js';
import { openPack, type PackSource } from '../pack/pack-reader.js';
import type { StoreProblem } from './store-problem.js';

const NONE: ReadonlySet<never> = new Set();

/** Segments that do not say what the tables of their packs say. Segments whose packs are not all there are left out. */
export async function verifySegments(source: PackSource, index: ObjectIndex): Promise<StoreProblem[]> {
  const problems: StoreProblem[] = [];
  for (const segment of index.state.segments) {
    if (!segment.name.startsWith('index/')) continue;
    const packs = segment.front.packs.map(({ id }) => id);
    if (packs.some((id) => !index.state.packs.has(id))) continue;
    try {
      const opened = [];
      for (const id of packs) opened.push(await openPack(source, id));
      const stored = await source.backend.read(segment.name);
      if (stored === undefined || equalBytes(stored, encodePacksSegment(source, opened))) continue;
      const message =
        'The segment does not say what the tables of its packs say. It can be rebuilt from them.';
      problems.push({ code: 'INDEX_CORRUPT', file: segment.name, message, lost: NONE });
    } catch (error) {
      if (!isSavepointError(error, 'PACK_CORRUPT', 'BLOCK_CORRUPT', 'PACK_MISSING', 'STORE_NEWER'))
        throw error;
    }
  }
  return problems;
}
