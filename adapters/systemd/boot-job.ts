// Whether this process is itself part of the boot: run by a unit that is being started, which others may be waiting for.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { tolerate } from '../backends/storage-error.js';
import { askManager, askUnits, isStarting } from './ask-systemd.js';
import type { UnitFacts } from './unit-facts.js';

/**
 * Whether the host is starting and the unit of this process is part of that. What is ordered after that unit then starts only
 * when this process has ended: it may order starts, but must not wait for them.
 */
export async function runsInBootJob(): Promise<boolean> {
  if (!isStarting(await askManager())) return false;
  return ((await findOwnUnit())?.job ?? 0) > 0;
}

/** The unit that this process belongs to, by its control group. */
export async function findOwnUnit(): Promise<UnitFacts | undefined> {
  const name = ownUnitName();
  return name === undefined ? undefined : (await askUnits([name]))[0];
}

function ownUnitName(): string | undefined {
  const groups = tolerate(['ENOENT'], () => readFileSync('/proc/self/cgroup', 'utf8')) ?? '';
  const lines = groups.split('\n');
  // The second version of control groups, or systemd's own hierarchy of the first.
  const line =
    lines.find((each) => each.startsWith('0::')) ?? lines.find((each) => /^\d+:name=systemd:/.test(each));
  const names = line?.split(':').slice(2).join(':').split('/') ?? [];
  const name = names.findLast((each) => /\.(service|scope|socket|mount|swap)$/.test(each));
  return name === undefined ? undefined : basename(name);
}
