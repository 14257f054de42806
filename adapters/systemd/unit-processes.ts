// The processes of a unit, by its control group.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { saysAbsent, systemCode } from '../backends/storage-error.js';
import type { UnitFacts } from './unit-facts.js';

/** Where control groups are mounted: version 2, and systemd's own hierarchy where there are both. */
const MOUNTS = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd'];

/** `320 (app)` of each process that the unit has. */
export function unitProcesses({ controlGroup }: UnitFacts): string[] {
  if (controlGroup === '' || controlGroup === '/') return [];
  const ids = new Set(MOUNTS.flatMap((mount) => processesIn(join(mount, controlGroup))));
  return [...ids].map((id) => `${id} (${readOrNothing(`/proc/${id}/comm`).trim()})`);
}

function processesIn(group: string): string[] {
  try {
    const entries = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const own = readOrNothing(join(group, 'cgroup.procs')).split('\n').filter(Boolean);
    return [...own, ...entries.flatMap(({ name }) => processesIn(join(group, name)))];
  } catch (error) {
    if (saysAbsent(error)) return [];
    throw error;
  }
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // A process may end, and a group go, while they are looked at.
    if (saysAbsent(error) || ['ENODEV', 'ESRCH'].includes(systemCode(error) ?? '')) return '';
    throw error;
  }
}
