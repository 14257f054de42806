// What may keep a file from being there at boot, or makes it unfit for root to go by.
import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** What is below these is gone after a reboot. */
const TRANSIENT = ['/tmp', '/var/tmp', '/run', '/dev', '/proc'];
/** What is below these is somebody's own, or comes and goes. */
const PRIVATE = ['/home', '/root', '/mnt', '/media'];

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/** Of a program that root runs, or a file that tells it what to run. */
export function describeRisks(path: string): string[] {
  const real = realpathSync(path);
  const shown = real === path ? path : `${path}, which is ${real},`;
  const place = PRIVATE.find((directory) => real.startsWith(`${directory}/`));
  return [
    ...describeTransience(real),
    ...(place === undefined ? [] : [`${shown} lies below ${place}, which may not be there at boot.`]),
    ...describeWriters(real),
  ];
}

export function describeTransience(path: string): string[] {
  const place = TRANSIENT.find((directory) => path.startsWith(`${directory}/`));
  return place === undefined
    ? []
    : [`${path} lies below ${place}: it will not be there after the next reboot.`];
}

/** Who besides root can change a file, or take it away. */
function describeWriters(path: string): string[] {
  for (let place = path; ; place = dirname(place)) {
    const { uid, mode } = statSync(place);
    const reason =
      uid !== 0
        ? `${place} belongs to user ${uid}`
        : (mode & WRITABLE_BY_OTHERS) !== 0 && (mode & STICKY) === 0
          ? `${place} can be written by others than root`
          : undefined;
    if (reason !== undefined) return [`${reason}, who can make root run anything by way of ${path}.`];
    if (place === dirname(place)) return [];
  }
}
