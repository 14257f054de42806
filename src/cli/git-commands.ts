// The commands between points and git, as data; `command-table.ts` has them among the others.
import type { CommandSpec } from './command-spec.js';

export const GIT_COMMANDS = [
  {
    name: 'git import',
    summary: 'make points of the tags of a git repository',
    description:
      "Makes a point of each TAG of the git repository in REPO, bare or not, or of all its tags, the oldest first. A tag that 'savepoint git export' wrote becomes the very point that it was. Of any other tag the point has one component with the files of the tag; what git knows nothing of is made up: files belong to who imports them, and have the time of the first tag that has them so. Submodules are left out, and named. A tag that has its point already is passed over, so importing again adds what is new. Where another point has the name, nothing is done.",
    operands: [
      { name: 'REPO', kind: 'directory' },
      { name: 'TAG', kind: 'text', optional: true, repeated: true },
    ],
    options: [
      { name: 'component', value: 'NAME', help: "the component's name; that of the repository unless given" },
      {
        name: 'origin',
        value: 'DIR',
        kind: 'directory',
        help: "where a restore in place puts the files; where the repository's are unless given",
      },
      { name: 'prefix', value: 'TEXT', help: "what the points' names begin with, before those of the tags" },
    ],
    examples: [
      'savepoint git import /srv/app.git',
      'savepoint git import . v1.0 v1.1 --component app --prefix app-',
    ],
  },
] as const satisfies readonly CommandSpec[];
