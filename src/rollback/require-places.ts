// Makes sure that an interrupted operation is finished where it was begun: what it staged has to be there. Where it is not, a
// file system is not mounted, and to go on would take its mount point for the component.
import { dirname } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import { joinPath, statPath } from '../composition.js';
import type { JournalState } from '../journal/journal.js';
import type { PlanRecord } from '../journal/journal-record.js';

/** Throws RECOVERY_NEEDED, naming the components and what is missing of them; nothing has been done then. */
export function requirePlaces({ plans, decisions }: JournalState): void {
  const made = [plans[1], decisions[2] === undefined ? undefined : plans[2]];
  const missing = made.flatMap((plan) => plan?.components ?? []).filter(isMissing);
  if (missing.length === 0) return;
  const names = [...new Set(missing.map(({ name, root }) => `${name} (${root})`))];
  throw new SavepointError(
    'RECOVERY_NEEDED',
    `What the interrupted operation has staged for ${names.join(', ')} is not there: are all file systems mounted? Nothing was done. Mount them and repeat, or, where it is lost for good, add --force.`,
    { fields: { components: missing.map(({ name }) => name), paths: missing.flatMap(placesOf) } },
  );
}

type PlannedComponent = PlanRecord['components'][number];

function isMissing(component: PlannedComponent): boolean {
  return placesOf(component).some((path) => statPath(path) === undefined);
}

function placesOf({ root, places, swap }: PlannedComponent): string[] {
  const inside = places.map(({ mount, staging }) => joinPath(joinPath(root, mount), staging));
  return swap === undefined ? inside : [...inside, joinPath(dirname(root), swap.staging)];
}
