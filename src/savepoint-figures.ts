// What an open store tells of its sizes, as the library gives it; each part loads its code when it is first used.
import type { GrowthOptions, StoreGrowth } from './growth/growth.js';
import type { Session } from './session.js';
import type { StoreStatistics } from './stats.js';
import type { Stoppable } from './stoppable.js';

export interface SavepointFigures {
  /** How much the points hold, and what that takes. Sizes are in bytes. */
  stats(options?: Stoppable): Promise<StoreStatistics>;
  /**
   * What each point and each path has added to the store, in bytes: what several have counts where it came in first. The cost
   * follows what differs from point to point. Throws COMPONENT_NOT_FOUND or PATH_NOT_FOUND for a path that no point has.
   */
  growth(options?: GrowthOptions): Promise<StoreGrowth>;
}

export function figuresOf(session: Session): SavepointFigures {
  return {
    stats: async (options = {}) => (await import('./stats.js')).readStatistics(session, options),
    growth: async (options = {}) => (await import('./growth/growth.js')).readGrowth(session, options),
  };
}
