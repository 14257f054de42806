// The commands about changes that go back by themselves, as data; `command-table.ts` has them among the others.
import type { CommandSpec } from './command-spec.js';

export const GUARD_COMMANDS = [
  {
    name: 'guard',
    summary: 'make a change that goes back by itself',
    description:
      "Takes a point of the configured components, or of the paths named, and runs CMD. Everything goes back to that point where CMD fails or takes too long, a health check fails, one of the configured triggers finds something, or nobody confirms in time; also where this program, its shell or its session is ended meanwhile, and after a restart of the machine ('savepoint recover', which 'savepoint install' has the machine run when it boots; where it has not, that is said before CMD runs). What CMD has started is ended first. A command that was taken back on the same state is refused, unless it is forced.\nExit code 0: the change stays; 10: it was taken back; 20: inconsistent; 30: it waits for 'savepoint confirm'.",
    operands: [{ name: 'CMD', kind: 'text', repeated: true }],
    options: [
      {
        name: 'health',
        value: 'CMD',
        repeated: true,
        help: 'a command that has to succeed afterwards, run in this directory; may be repeated',
      },
      { name: 'timeout', value: 'TIME', help: 'how long CMD, and then its checks, may take; 5m unless set' },
      {
        name: 'confirm',
        value: 'TIME',
        help: "how long to wait for 'savepoint confirm'; nobody has to unless set",
      },
      {
        name: 'component',
        value: 'NAME',
        repeated: true,
        help: 'of the configuration, only this component or category',
      },
      {
        name: 'path',
        value: 'PATH',
        kind: 'path',
        repeated: true,
        help: 'without a configuration: what to guard',
      },
      { name: 'exclude', value: 'PATTERN', repeated: true, help: 'leave out what matches, of --path' },
      { name: 'one-file-system', help: 'of --path, do not enter other file systems' },
      { name: 'message', letter: 'm', value: 'MSG', help: 'what the point is for' },
      { name: 'detach', help: 'end with exit code 30 once only the confirmation is missing' },
      { name: 'with-data', help: 'take databases back, too, with what was written in them since' },
      { name: 'force', help: 'repeat what was taken back before' },
    ],
    examples: [
      'savepoint guard --confirm 5m -- apt-get upgrade',
      "savepoint guard --path /etc/nginx --health 'nginx -t' -- ./configure-site",
    ],
  },
  {
    name: 'confirm',
    summary: 'keep the change that is on trial',
    description:
      'Confirms the guarded change that is on trial, from any terminal, and waits until it is final: its checks have to hold all the same.',
    operands: [],
    options: [
      { name: 'extend', value: 'TIME', help: 'do not confirm yet, but leave so much more time for it' },
    ],
    examples: ['savepoint confirm', 'savepoint confirm --extend 10m'],
  },
  {
    name: 'cancel',
    summary: 'take the guarded change back now',
    description:
      'Takes the guarded change back, whether its command still runs or it is on trial, and waits until that is done.',
    operands: [],
    options: [],
    examples: ['savepoint cancel'],
  },
  {
    name: 'watchdog',
    summary: 'watch this host, and roll back by itself',
    description:
      "Watches this host by the triggers and health checks of the configuration, and rolls its components back to the latest point that was healthy or is pinned where one finds something. At most 'rollbacksPerHour' times an hour, with a growing time in between, and never to a state that it is in already. While a change is guarded it only waits. Runs until it is ended.",
    operands: [],
    options: [],
    examples: ['savepoint watchdog', 'savepoint watchdog --json'],
  },
] as const satisfies readonly CommandSpec[];
