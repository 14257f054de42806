// The commands that put savepoint into a host and take it out again, as data; `command-table.ts` has them among the others.
import type { CommandSpec } from './command-spec.js';

const ROOT = {
  name: 'root',
  value: 'DIR',
  kind: 'directory',
  help: 'the root of an image, instead of this host',
} as const;

export const HOST_COMMANDS = [
  {
    name: 'install',
    summary: 'recover at boot, take points by a timer and before dpkg',
    description:
      "Writes units of systemd that finish an interrupted rollback at boot, before services start; take points by the configuration; and watch over changes; and a hook by which apt takes a point before it runs dpkg. All of them are written or none, and never over a file that is not savepoint's own. Install again after a change of these flags, of the paths of components, or of the program's place. Where no point can be taken, the hook stops dpkg; SAVEPOINT_APT=optional in the environment lets one run go on.\nWith --root, the store and the configuration are paths in the image.",
    operands: [],
    options: [
      ROOT,
      { name: 'print', help: 'only show the files and what would be in them' },
      { name: 'no-apt', group: 'apt', help: 'without the hook of apt' },
      { name: 'apt-optional', group: 'apt', help: 'dpkg goes on with a warning where no point can be taken' },
      { name: 'no-timer', group: 'timer', help: 'without the timer' },
      {
        name: 'every',
        value: 'TIME',
        group: 'timer',
        help: 'how often the timer takes a point, such as 15m or 1d; 1h unless set',
      },
      { name: 'no-watchdog', help: 'without the watchdog' },
      { name: 'force', help: 'overwrite files of an earlier installation that were edited' },
    ],
    examples: [
      'savepoint install --print',
      'savepoint install --every 15m --apt-optional',
      'savepoint install --root /mnt/image --no-watchdog',
    ],
  },
  {
    name: 'uninstall',
    summary: 'take away what install wrote',
    description:
      "Stops and disables the units that 'savepoint install' wrote and takes away its files, also where only some of them are left. One that was edited is kept and named (exit code 5). The store and the configuration stay.",
    operands: [],
    options: [
      ROOT,
      { name: 'print', help: 'only show what would be taken away' },
      { name: 'force', help: 'take away files that were edited, too' },
    ],
    examples: ['savepoint uninstall --print', 'savepoint uninstall'],
  },
] as const satisfies readonly CommandSpec[];
