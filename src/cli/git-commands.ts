// The commands between points and git, as data; `command-table.ts` has them among the others.
import type { CommandSpec } from './command-spec.js';

const IMPORT_OPTIONS = [
  { name: 'component', value: 'NAME', help: "the component's name; that of the repository unless given" },
  {
    name: 'origin',
    value: 'DIR',
    kind: 'directory',
    help: "where a restore in place puts the files; where the repository's are unless given",
  },
  { name: 'prefix', value: 'TEXT', help: "what the points' names begin with, before those of the tags" },
] as const;

const LOGIN_OPTIONS = [
  { name: 'username', value: 'NAME', help: 'who you are to the server' },
  {
    name: 'password-file',
    value: 'FILE',
    kind: 'path',
    help: 'a file whose first line is the password or token; else that in $SAVEPOINT_GIT_PASSWORD is taken',
  },
] as const;

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
      {
        name: 'sign',
        value: 'KEY',
        help: "sign the new tags with this key: the file of one of OpenSSH, or a key's id or address in GnuPG",
      },
    ],
    examples: [
      'savepoint git export /srv/git/host.git',
      'savepoint git export /srv/git/host.git --object-format sha1',
      'savepoint git export /tmp/two.git before-upgrade latest',
      'savepoint git export /srv/git/host.git --sign ~/.ssh/id_ed25519',
    ],
  },
  {
    name: 'git import',
    summary: 'make points of the tags of a git repository',
    description:
      "Makes a point of each TAG of the git repository in REPO, bare or not, or of all its tags, the oldest first. A tag that 'savepoint git export' wrote becomes the very point that it was. Of any other tag the point has one component with the files of the tag; what git knows nothing of is made up: files belong to who imports them, and have the time of the first tag that has them so. Submodules are left out, and named. A tag that has its point already is passed over, so importing again adds what is new. Where another point has the name, nothing is done. A rollback to a point that was exported runs the commands that it brings only with --trust.",
    operands: [
      { name: 'REPO', kind: 'directory' },
      { name: 'TAG', kind: 'text', optional: true, repeated: true },
    ],
    options: [...IMPORT_OPTIONS],
    examples: [
      'savepoint git import /srv/app.git',
      'savepoint git import . v1.0 v1.1 --component app --prefix app-',
    ],
  },
  {
    name: 'git push',
    summary: 'push points to a git server',
    description:
      "Pushes all points, or the POINTs named, to the git server at URL (http or https), which has to have a repository there: each as 'savepoint git export' writes it, as an annotated tag, and the branch 'points' that leads to the latest. Only what the server lacks is sent, in one request. Where it has another tag of the name, or other commits in the branch, nothing is sent. A password in URL works, and is neither printed nor kept.\nPOINT is a name, the start of an id (4 digits or more), latest, or latest~N for the Nth before it.",
    operands: [
      { name: 'URL', kind: 'text' },
      { name: 'POINT', kind: 'point', optional: true, repeated: true },
    ],
    options: [{ name: 'force', help: 'replace tags and a branch that are others there' }, ...LOGIN_OPTIONS],
    examples: [
      'savepoint git push https://git.example.org/host.git',
      'savepoint git push https://git.example.org/host.git latest --username ops --password-file /etc/savepoint.token',
    ],
  },
  {
    name: 'git fetch',
    summary: 'fetch tags from a git server and make points of them',
    description:
      "Fetches the TAGs, or all tags, from the git server at URL (http or https), and makes points of them as 'savepoint git import' does. Only what is new since the last time is fetched. Where there is no git on this host, what comes at once has to fit in memory. A password in URL works, and is neither printed nor kept. A rollback to a point that was exported runs the commands that it brings only with --trust.",
    operands: [
      { name: 'URL', kind: 'text' },
      { name: 'TAG', kind: 'text', optional: true, repeated: true },
    ],
    options: [...IMPORT_OPTIONS, ...LOGIN_OPTIONS],
    examples: [
      'savepoint git fetch https://git.example.org/host.git',
      'savepoint git fetch https://git.example.org/app.git v1.0 --component app --origin /srv/app',
    ],
  },
] as const satisfies readonly CommandSpec[];
