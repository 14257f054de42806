// Captures several components: those of files one after the other, as each keeps all threads busy; beside them those of state
// adapters, which mostly wait for programs of the host.
import type { ComponentDefinition } from './components.js';
import type { MetadataSink } from './composition.js';
import { isOfState } from './state/capture-state.js';

/** What `capture` gives for each, in their order. What one throws is thrown when none is under way any more. */
export async function captureTogether<T>(
  definitions: readonly ComponentDefinition[],
  capture: (definition: ComponentDefinition) => Promise<T>,
): Promise<T[]> {
  let files: Promise<unknown> = Promise.resolve();
  const inTurn = (definition: ComponentDefinition) => {
    const captured = files.then(() => capture(definition));
    files = captured;
    return captured;
  };
  const results = await Promise.allSettled(
    definitions.map((definition) => (isOfState(definition) ? capture(definition) : inTurn(definition))),
  );
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/** `sink`, for several at once: what they add is added one by one. */
export function oneByOne(sink: MetadataSink): MetadataSink {
  let last: Promise<unknown> = Promise.resolve();
  return {
    add(kind, content) {
      const added = last.then(() => sink.add(kind, content));
      // Who added it hears of a failure.
      last = added.catch(() => undefined);
      return added;
    },
  };
}
