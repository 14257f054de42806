// The commands that compare, as data; `command-table.ts` has them among the others.
import type { CommandSpec } from './command-spec.js';
import { PATH_RULE, POINT_RULE } from './operand-rules.js';

export const DIFF_COMMANDS = [
  {
    name: 'diff',
    summary: 'compare two points, or a point and the live state',
    description: `Shows what differs from A to B; each is a POINT, or live for the state now. Without B, A is compared with live.\nIn front of a path stands what differs: A added, D removed, M content, R renamed, C copied, T type, m attributes only.\nFiles that were renamed are found by their content, unless --json is given: then they are where a flag asks for them.\nOn a terminal the output goes through $SAVEPOINT_PAGER, else $PAGER, else less.\n${POINT_RULE}\n${PATH_RULE}`,
    operands: [
      { name: 'A', kind: 'point-or-live' },
      { name: 'B', kind: 'point-or-live', optional: true },
      { name: 'PATH', kind: 'path', optional: true, repeated: true },
    ],
    options: [
      { name: 'name-status', group: 'form', help: 'print only a letter and a path for each file' },
      { name: 'stat', group: 'form', help: 'print the sizes of the files that differ, and their number' },
      {
        name: 'numstat',
        group: 'form',
        help: 'print how many lines each file gains and loses, as numbers',
      },
      {
        name: 'dirstat',
        group: 'form',
        value: 'DEPTH',
        attached: true,
        help: 'print totals of components and their directories, to DEPTH (2)',
      },
      { name: 'patch', letter: 'p', group: 'form', help: 'print the lines that differ, as a unified diff' },
      {
        name: 'keys',
        group: 'form',
        help: 'print the keys of configuration files that differ, else the lines',
      },
      { name: 'binary', help: "with --patch: binary contents, too, as 'git apply' takes them" },
      {
        name: 'find-renames',
        letter: 'M',
        value: 'N%',
        attached: true,
        help: 'find renamed files of which N percent (50) are kept',
      },
      {
        name: 'find-copies',
        letter: 'C',
        value: 'N%',
        attached: true,
        help: 'find copies, too, of files that differ',
      },
      { name: 'find-copies-harder', help: 'find equal copies of any file, too' },
      { name: 'no-renames', help: 'tell of a renamed file as one removed and one added' },
      {
        name: 'rename-limit',
        letter: 'l',
        value: 'N',
        help: 'compare contents of N new with N possible sources at most (1000)',
      },
      { name: 'no-pager', help: 'print straight to the terminal' },
      { name: 'exit-code', help: 'end with exit code 1 where there are differences' },
    ],
    examples: [
      'savepoint diff latest',
      'savepoint diff app-1 latest --stat',
      'savepoint diff latest~1 latest /etc --patch',
      'savepoint diff app-1 latest --patch --binary > changes.patch',
      'savepoint diff latest live /etc/app.yaml --keys',
    ],
  },
  {
    name: 'status',
    summary: 'compare the live state with the latest point',
    description:
      'Shows what has changed on this host since the latest recovery point, in the paths that it holds.',
    operands: [],
    options: [],
    examples: ['savepoint status'],
  },
] as const satisfies readonly CommandSpec[];
