// Garbage collection, as an operation on a store: what no point needs goes, in two phases, beside readers and writers.
import { type CollectResult, collectGarbage } from '../store/collect/collect-garbage.js';
import { logDone } from './log-operation.js';
import type { Session } from './session.js';

export interface GcOptions {
  /** How long what was found unneeded waits before it is removed, in milliseconds; a day unless set. */
  readonly graceMs?: number;
  /** Rewrite every pack in which something is not needed, not only those of which a good part isn't. */
  readonly full?: boolean;
  /** Only say what would be done. */
  readonly dryRun?: boolean;
  /** The words of the command line, for the operation log. */
  readonly command?: readonly string[];
  readonly signal?: AbortSignal;
}

export const GRACE_MS = 24 * 3600 * 1000;

export async function gc(session: Session, options: GcOptions = {}): Promise<CollectResult> {
  const startedAt = new Date();
  const { graceMs = GRACE_MS, command, ...rest } = options;
  if (rest.dryRun !== true) await session.store.backend.removeAbandonedWrites();
  const result = await collectGarbage(session.store, { graceMs, ...rest });
  const { marked, removed, removedPoints } = result;
  if (!result.dryRun && marked.packs + removed.packs + removedPoints > 0) {
    await logDone(session, {
      ...{ kind: 'gc', startedAt, command: command ?? ['gc'], components: [], outcome: 'done' },
      message: `marked ${marked.packs} packs, removed ${removed.packs} (${removed.bytes} bytes) and ${removedPoints} points for good`,
    });
  }
  return result;
}
