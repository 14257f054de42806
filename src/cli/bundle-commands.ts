// The commands that carry points from store to store in a file, as data; `command-table.ts` has them among the others.
import type { CommandSpec } from './command-spec.js';

const FILE = { name: 'FILE', kind: 'path' } as const;

export const BUNDLE_COMMANDS = [
  {
    name: 'bundle create',
    summary: 'write points into a file for another store',
    description:
      "Writes the POINTs, with all that they hold, into FILE, from which 'savepoint bundle restore' puts them into a store on any host. With --since or --base, what the points named there hold is left out, and the other store has to have those points. FILE is - for stdout. An existing FILE is replaced when the new one is whole.\nPOINT is a name, the start of an id (4 digits or more), latest, or latest~N for the Nth before it.",
    operands: [FILE, { name: 'POINT', kind: 'point', repeated: true }],
    options: [
      {
        name: 'since',
        value: 'POINT',
        kind: 'point',
        repeated: true,
        help: 'leave out what this point holds; the other store has to have it; may be repeated',
      },
      {
        name: 'base',
        value: 'FILE',
        kind: 'path',
        repeated: true,
        help: 'leave out what the points of this bundle hold; may be repeated',
      },
    ],
    examples: [
      'savepoint bundle create /media/usb/host.bundle latest',
      'savepoint bundle create week.bundle latest --since last-week',
      'savepoint bundle create - latest | ssh other savepoint bundle restore -',
    ],
  },
  {
    name: 'bundle restore',
    summary: 'put the points of a bundle into the store',
    description:
      "Puts the points of a bundle into the store, which is made where there is none; 'savepoint restore' and 'savepoint rollback' use them from there. Nothing is there before all of FILE has been checked. FILE is - for stdin. What the store has is not stored again, and points that it has stay as they are. Those that come stand behind them, so the last one is latest. Where points are missing that the bundle builds on, they are named, and nothing is done. Nothing says who has made a bundle: a rollback to a point of it runs commands that the point brings only with --trust.",
    operands: [FILE],
    options: [
      {
        name: 'rename',
        value: 'OLD=NEW',
        repeated: true,
        help: 'give the point OLD the name NEW, where the store has another OLD; may be repeated',
      },
    ],
    examples: [
      'savepoint bundle restore /media/usb/host.bundle',
      'savepoint bundle restore host.bundle --rename before-upgrade=before-upgrade-web1',
    ],
  },
  {
    name: 'bundle verify',
    summary: 'check a bundle, and say what is in it',
    description:
      'Reads and checks every byte of a bundle, and shows which points it holds and which ones the other store has to have. FILE is - for stdin. Needs no store.',
    operands: [FILE],
    options: [],
    examples: ['savepoint bundle verify /media/usb/host.bundle'],
  },
] as const satisfies readonly CommandSpec[];
