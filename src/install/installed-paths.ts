// Everything that `savepoint install` may write, by path: what `savepoint uninstall` looks for, and nothing else.

export interface UnitPlace {
  readonly name: string;
  /** The target that wants it: there stands a symbolic link to it. */
  readonly wantedBy?: string;
}

export const UNIT_DIRECTORY = '/etc/systemd/system';

export const RECOVER_SERVICE = { name: 'savepoint-recover.service', wantedBy: 'sysinit.target' } as const;
export const WATCHDOG_SERVICE = {
  name: 'savepoint-watchdog.service',
  wantedBy: 'multi-user.target',
} as const;
export const SAVE_SERVICE = { name: 'savepoint-save.service' } as const;
export const SAVE_TIMER = { name: 'savepoint-save.timer', wantedBy: 'timers.target' } as const;

export const UNITS: readonly UnitPlace[] = [RECOVER_SERVICE, WATCHDOG_SERVICE, SAVE_SERVICE, SAVE_TIMER];

export const APT_CONFIGURATION = '/etc/apt/apt.conf.d/80savepoint';
export const APT_SCRIPT = '/etc/savepoint/before-dpkg';

/** Where systemd notes when the timer last went off. */
export const TIMER_STAMP = `/var/lib/systemd/timers/stamp-${SAVE_TIMER.name}`;

/**
 * All files, in the order in which they are written: what refers to another file comes after it. They are removed in the
 * opposite order.
 */
export const FILE_PATHS: readonly string[] = [
  ...UNITS.map(({ name }) => unitPath(name)),
  APT_SCRIPT,
  APT_CONFIGURATION,
];

export function unitPath(name: string): string {
  return `${UNIT_DIRECTORY}/${name}`;
}

export interface EnablingLink {
  readonly path: string;
  readonly target: string;
}

/** The link by which a target wants the unit; `undefined` where none does. */
export function enablingLink({ name, wantedBy }: UnitPlace): EnablingLink | undefined {
  if (wantedBy === undefined) return undefined;
  return { path: `${UNIT_DIRECTORY}/${wantedBy}.wants/${name}`, target: unitPath(name) };
}

/** Whether a file or a link of an installation may be somewhere below `directory`. */
export function mayHold(directory: string): boolean {
  const links = UNITS.flatMap((unit) => enablingLink(unit)?.path ?? []);
  return [...FILE_PATHS, ...links].some((path) => path.startsWith(`${directory}/`));
}
