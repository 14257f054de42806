// The commands that take care of the store, as data; `command-table.ts` has them among the others.
import type { CommandSpec } from './command-spec.js';
import { PATH_RULE } from './operand-rules.js';

const POINT = { name: 'POINT', kind: 'point' } as const;
const POINTS = { ...POINT, repeated: true } as const;

export const CARE_COMMANDS = [
  {
    name: 'verify',
    summary: 'check the store',
    description:
      'Checks that all that the recovery points need is there. What is damaged is named, with the points and paths that it hurts (exit code 4).',
    operands: [],
    options: [
      { name: 'data', help: 'read and check every byte, too' },
      { name: 'repair', help: 'mend what can be mended; nothing readable is ever removed' },
    ],
    examples: ['savepoint verify', 'savepoint verify --data'],
  },
  {
    name: 'retain',
    summary: 'remove old points by the rules of the configuration',
    description:
      "Removes the points that no rule of 'retention' in the configuration keeps: the last ones, those of the last hours, days, weeks and months, tagged and pinned ones, the latest healthy one. A save of configured components does so by itself. 'savepoint recover-point' brings a removed point back, until 'savepoint gc' has removed what only it needs.",
    operands: [],
    options: [{ name: 'dry-run', letter: 'n', help: 'only show which points are kept, and why' }],
    examples: ['savepoint retain --dry-run'],
  },
  {
    name: 'forget',
    summary: 'remove points',
    description:
      "Removes the POINTs. They can be recovered ('savepoint recover-point') until 'savepoint gc' has removed what only they need.",
    operands: [POINTS],
    options: [],
    examples: ['savepoint forget before-upgrade'],
  },
  {
    name: 'recover-point',
    summary: 'bring a removed point back',
    description:
      "Brings a removed point back as it was, by its name or the start of its id; 'savepoint list --removed' shows those there are.",
    operands: [{ name: 'POINT', kind: 'text' }],
    options: [],
    examples: ['savepoint recover-point before-upgrade'],
  },
  {
    name: 'pin',
    summary: 'keep points from being removed',
    description: 'Pins the POINTs: neither retention nor forget removes them.',
    operands: [POINTS],
    options: [],
    examples: ['savepoint pin latest'],
  },
  {
    name: 'unpin',
    summary: 'let pinned points be removed again',
    description: 'Takes the pins of the POINTs away.',
    operands: [POINTS],
    options: [],
    examples: ['savepoint unpin before-upgrade'],
  },
  {
    name: 'gc',
    summary: 'free the space of what no point needs',
    description:
      'Marks the packs that no point needs, and removes those that were marked a grace period ago and that still nothing needs; others may save and read meanwhile. Points that were removed before the mark can be recovered until then.',
    operands: [],
    options: [
      { name: 'grace', value: 'TIME', help: 'how long to wait, such as 2h or 7d; a day unless set' },
      { name: 'full', help: 'free all that can be freed, however much is written anew for that' },
      { name: 'dry-run', letter: 'n', help: 'only show what would be done' },
    ],
    examples: ['savepoint gc', 'savepoint gc --grace 1h --full'],
  },
  {
    name: 'stats',
    summary: 'show what the store holds and takes',
    description: `Shows how much the recovery points hold, and what that takes in the store.\nWith --by-path: which paths made it grow. What several points or paths have counts where it came in first, compressed; a directory has all that is in it. VERSIONS are contents that came or changed from one point to the next, POINTS those in which it grew.\n${PATH_RULE}`,
    operands: [{ name: 'PATH', kind: 'path', optional: true, repeated: true }],
    options: [
      {
        name: 'by-path',
        group: 'by',
        help: 'show which paths (PATH, and what is below) made the store grow',
      },
      { name: 'by-point', group: 'by', help: 'show what each point has added to the store' },
      {
        name: 'depth',
        value: 'N',
        help: 'with --by-path: no more than N levels below the component, or PATH',
      },
      { name: 'top', value: 'N', help: 'with --by-path: the N largest paths (20; with --json all)' },
    ],
    examples: [
      'savepoint stats',
      'savepoint stats --by-path --depth 2',
      'savepoint stats --by-path --top 50 /var/log',
      'savepoint stats --by-point',
    ],
  },
] as const satisfies readonly CommandSpec[];
