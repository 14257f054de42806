// The commands that take points to git and from it, as data; `command-table.ts` has them among the others.
import type { CommandSpec } from './command-spec.js';

export const GIT_COMMANDS = [
  {
    name: 'git export',
    summary: 'write points into a bare git repository',
    description:
      "Writes all points, or the POINTs named, into the bare git repository DIR, which is made where there is nothing: each as an annotated tag of a commit, and a branch 'points' that leads to the latest. What the repository has is not written again. Tags of points that the store no longer has are removed, unless POINTs are named; the branch keeps the history that it has. Names that git takes for its own, such as .git, are written as %savepoint%.git.\nPOINT is a name, the start of an id (4 digits or more), latest, or latest~N for the Nth before it.",
    operands: [
      { name: 'DIR', kind: 'directory' },
      { name: 'POINT', kind: 'point', optional: true, repeated: true },
    ],
    options: [
      {
        name: 'object-format',
        value: 'FORMAT',
        choices: ['sha256', 'sha1'],
        help: 'how a repository that is made names objects: as the store does (default), or as most of git',
      },
    ],
    examples: [
      'savepoint git export /srv/git/host.git',
      'savepoint git export /srv/git/host.git --object-format sha1',
      'savepoint git export /tmp/two.git before-upgrade latest',
    ],
  },
] as const satisfies readonly CommandSpec[];
