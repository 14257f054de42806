// Hears from state adapters when something of their components changes, whoever does it, and tells it.
import { isSavepointError } from '../../store/errors.js';
import { type Configuration, isFileComponent } from '../configuration/configuration.js';
import type { Session } from '../session.js';
import type { WatchNews } from './watch-event.js';

/** A component that can't be watched is told, and keeps none of the others from it. */
export async function watchComponents(
  session: Session,
  { components, adapters }: Configuration,
  say: (news: WatchNews) => void,
): Promise<{ close(): void }> {
  await session.adapters.addModules(adapters);
  const watches: { close(): void }[] = [];
  for (const component of components) {
    if (isFileComponent(component)) continue;
    const { name, kind, settings } = component;
    try {
      const adapter = await session.adapters.get(kind, name);
      const watch = await adapter.watch?.({ component: name, settings }, (object) =>
        say({ kind: 'changed', component: name, object }),
      );
      if (watch !== undefined) watches.push(watch);
    } catch (error) {
      if (!isSavepointError(error)) throw error;
      say({ kind: 'not-watched', component: name, reason: error.message });
    }
  }
  return {
    close() {
      for (const watch of watches) watch.close();
    },
  };
}
