// A configuration with one component, of SQLite databases.

import type { Savepoint } from 'savepoint';
import type { JsonObject } from '#adapters/state/state-adapter.js';

export function configurationOf(settings: JsonObject): Parameters<Savepoint['saveConfigured']>[0] {
  return {
    ...{ file: 'test', adapters: [] },
    components: [
      {
        ...{ critical: true, onError: 'abort', name: 'app-db', kind: 'sqlite', category: 'database' },
        ...{ after: [], validate: [], settings },
      },
    ],
    retention: {
      ...{ keepLast: 10, keepPerComponent: 0, keepHours: 0, keepDaily: 0, keepWeekly: 0, keepMonthly: 0 },
      keepTags: [],
    },
    guard: {
      ...{ timeoutMs: 300_000, watchMs: 5000, triggers: [], partial: false, rollbacksPerHour: 2 },
      ...{ backOffMs: 60_000, priority: [], health: [] },
    },
  };
}
