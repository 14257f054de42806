// The processes of a unit, by its control group.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ABSENT, tolerate } from '../backends/storage-error.js';
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
  const entries = tolerate(ABSENT, () => readdirSync(group, { withFileTypes: true }));
  if (entries === undefined) return [];
  const own = readOrNothing(join(group, 'cgroup.procs')).split('\n').filter(Boolean);
  const inner = entries.filter((entry) => entry.isDirectory());
  return [...own, ...inner.flatMap(({ name }) => processesIn(join(group, name)))];
}

function readOrNothing(path: string): string {
  // A process may end, and a group go, while they are looked at.
  return tolerate([...ABSENT, 'ENODEV', 'ESRCH'], () => readFileSync(path, 'utf8')) ?? '';
}
