// Takes parts of an installation away: first what calls others, then, when they are stopped and disabled, the units; at the
// end the directories that were made for them, as far as nothing else is in them.
import { existsSync } from 'node:fs';
import { removeEmptyDirectories, removeSystemFiles } from '../composition.js';
import type { HostRoot } from './host-root.js';
import type { FoundFile, FoundLink } from './inspect-host.js';
import { mayHold, SAVE_TIMER, TIMER_STAMP, UNIT_DIRECTORY, unitPath } from './installed-paths.js';
import type { UnitManager } from './manage-units.js';
import { deepestFirst, directoriesOf } from './written-file.js';

export interface Doomed {
  readonly host: HostRoot;
  readonly files: readonly FoundFile[];
  readonly links: readonly FoundLink[];
  /** Files that stay, because they were edited. */
  readonly kept: readonly FoundFile[];
  /** The units that stop and are disabled, whether or not their files go. */
  readonly units: readonly string[];
}

export interface TakenAway {
  /** Files and links, in the root. */
  readonly removed: readonly string[];
  readonly directories: readonly string[];
  readonly stopped: readonly string[];
}

export async function takeAway(doomed: Doomed, manager: UnitManager | undefined): Promise<TakenAway> {
  const { host, units } = doomed;
  const { removed, directories } = listDoomed(doomed);
  const callers = removed.filter((path) => !path.startsWith(`${UNIT_DIRECTORY}/`));
  await removeSystemFiles(callers.map(host.locate));
  const stopped = manager?.stop(units) ?? [];
  manager?.disable(units.filter((unit) => existsSync(host.locate(unitPath(unit)))));
  await removeSystemFiles(removed.map(host.locate));
  manager?.reload();
  manager?.forgetFailures(units);
  removeEmptyDirectories(directories.map(host.locate));
  return { removed, directories: directories.filter((path) => !existsSync(host.locate(path))), stopped };
}

/** What would be taken away; directories only if nothing else is in them. */
export function listDoomed({ host, files, links, kept, units }: Doomed): Omit<TakenAway, 'stopped'> {
  const hasStamp = units.includes(SAVE_TIMER.name) && existsSync(host.locate(TIMER_STAMP));
  const directories = [...files, ...kept].flatMap(({ bytes }) => directoriesOf(bytes?.toString() ?? ''));
  return {
    removed: [
      ...[...files].reverse().map(({ path }) => path),
      ...links.map(({ path }) => path),
      ...(hasStamp ? [TIMER_STAMP] : []),
    ],
    directories: [...new Set(directories)]
      .filter((path) => mayHold(path) && existsSync(host.locate(path)))
      .sort(deepestFirst),
  };
}
