// Makes sure that what an interrupted operation is to be finished with can be reached: a database's server, say. At boot it may
// not run yet; to go on without it would leave what it has, or what was made there, for good.
import { checkAborted, isSavepointError, SavepointError } from '../../store/errors.js';
import type { JournalState } from '../journal/journal.js';
import type { Session } from '../session.js';
import type { Stoppable } from '../stoppable.js';

/** Throws RECOVERY_NEEDED, naming the component, and ABORTED; nothing has been done then. */
export async function requireReach(
  session: Session,
  { plans }: JournalState,
  { signal }: Stoppable,
): Promise<void> {
  const components = [plans[1], plans[2]].flatMap((plan) => plan?.components ?? []);
  const asked = new Set<string>();
  for (const { name, state } of components) {
    if (state === undefined || asked.has(name)) continue;
    asked.add(name);
    try {
      const adapter = await session.adapters.get(state.kind, name);
      const heeding = signal === undefined ? {} : { signal };
      await adapter.reach?.({ component: name, settings: state.settings, ...heeding });
    } catch (error) {
      checkAborted(signal);
      if (!isSavepointError(error) || error.code === 'ABORTED') throw error;
      // Where it were needed, that would have been said by now.
      if (error.code === 'ADAPTER_MISSING' || error.code === 'CONFIG_INVALID') continue;
      throw new SavepointError(
        'RECOVERY_NEEDED',
        `The interrupted operation can't be finished without ${name}: ${error.message} Nothing was done. Run 'savepoint recover' again when that is mended, or, where it is lost for good, add --force.`,
        { fields: { component: name }, cause: error },
      );
    }
  }
}
