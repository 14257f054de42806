// Long synchronous work lets signals and other events in, now and then.
import { setImmediate } from 'node:timers/promises';

/** A function to be awaited often: it gives way once in `everyMs`, and costs next to nothing in between. */
export function createBreather(everyMs: number): () => Promise<void> | undefined {
  let lastMs = performance.now();
  return () => {
    if (performance.now() - lastMs < everyMs) return undefined;
    return setImmediate().then(() => {
      lastMs = performance.now();
    });
  };
}
