// Every command with its operands, flags and help, in one place: the parser, the help and the shell completions are
// derived from it. Plain data; `load-command.ts` knows which code runs a command.
import { BUNDLE_COMMANDS } from './bundle-commands.js';
import { CARE_COMMANDS } from './care-commands.js';
import type { CommandSpec, OptionSpec } from './command-spec.js';
import { DIFF_COMMANDS } from './diff-commands.js';
import { GIT_COMMANDS } from './git-commands.js';
import { GUARD_COMMANDS } from './guard-commands.js';
import { HELP_COMMANDS } from './help-commands.js';
import { HOST_COMMANDS } from './host-commands.js';
import { MOUNT_COMMANDS } from './mount-commands.js';
import { PATH_RULE, POINT_RULE } from './operand-rules.js';
import { SERVE_COMMANDS } from './serve-commands.js';

/** Flags that may stand anywhere on the command line. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { name: 'store', value: 'DIR', kind: 'directory', help: 'the store to use' },
  {
    name: 'config',
    value: 'FILE',
    kind: 'path',
    help: 'the configuration; else the nearest savepoint.yaml, else that of /etc',
  },
  { name: 'json', help: 'print JSON on stdout: one document, or a line for each record of find and diff' },
  { name: 'quiet', letter: 'q', help: 'print nothing but errors and what was asked for' },
  { name: 'no-progress', help: 'show no progress on the terminal' },
  { name: 'help', letter: 'h', help: 'show what a command does' },
  { name: 'version', help: 'show the version' },
];

export const STORE_RULE =
  'The store is --store, else $SAVEPOINT_STORE, else the nearest .savepoint/ upwards, else /var/lib/savepoint.';

export const COMMANDS = [
  {
    name: 'init',
    summary: 'make a store',
    description: `Makes an empty store in DIR. Without DIR it is made where the other commands look for one.\n${STORE_RULE}\n'save' makes the store by itself where there is none.`,
    operands: [{ name: 'DIR', kind: 'directory', optional: true }],
    options: [
      {
        name: 'object-format',
        value: 'FORMAT',
        choices: ['sha256', 'sha1'],
        help: 'how objects are named: sha256 (default), or sha1 as in most git repositories',
      },
    ],
    examples: ['savepoint init', 'savepoint init .savepoint --object-format sha1'],
  },
  {
    name: 'save',
    summary: 'take a recovery point',
    description:
      'Takes a recovery point of each PATH as it is now; a directory with all that is in it. No configuration is needed, and the store is made where there is none. Without a PATH, the components of the configuration are saved, as one point. Files that cannot be read are named, and the point is marked incomplete (exit code 6).\nA PATTERN without a slash matches names at any depth, one with a slash whole paths.',
    operands: [{ name: 'PATH', kind: 'path', optional: true, repeated: true }],
    options: [
      { name: 'message', letter: 'm', value: 'MSG', help: 'what the point is for' },
      { name: 'name', value: 'NAME', help: "the point's name; made from the time where there is none" },
      {
        name: 'component',
        value: 'NAME',
        repeated: true,
        help: 'of the configuration, only this component or category; may be repeated',
      },
      { name: 'tag', value: 'K=V', repeated: true, help: 'a tag to find the point by; may be repeated' },
      { name: 'exclude', value: 'PATTERN', repeated: true, help: 'leave out what matches; may be repeated' },
      { name: 'pin', help: 'keep the point from being removed' },
      { name: 'one-file-system', help: 'do not enter other file systems' },
      { name: 'paranoid', help: 'decode and compare all that is stored, not one block in sixteen' },
    ],
    examples: [
      'savepoint save /etc -m "before the upgrade"',
      'savepoint save --component etc --component database',
      "savepoint save /srv/app --name app-1 --exclude '*.log' --exclude '/srv/app/cache'",
    ],
  },
  {
    name: 'list',
    summary: 'list the recovery points',
    description: 'Lists all recovery points, oldest first.',
    operands: [],
    options: [
      { name: 'names', help: 'print names only, one a line' },
      { name: 'removed', help: 'list those that are removed and can still be recovered' },
    ],
    examples: ['savepoint list', 'savepoint list --json'],
  },
  {
    name: 'show',
    summary: 'show what a point holds',
    description: `Shows a recovery point and its components, or a file of it; of a directory, what is in it.\n${POINT_RULE}\n${PATH_RULE}`,
    operands: [
      { name: 'POINT', kind: 'point' },
      { name: 'PATH', kind: 'path', optional: true },
    ],
    options: [],
    examples: ['savepoint show latest', 'savepoint show latest /etc/ssh', 'savepoint show app-1 app:src'],
  },
  {
    name: 'cat',
    summary: "print a file's content",
    description: `Prints the content of a file as it is in a recovery point.\n${POINT_RULE}\n${PATH_RULE}`,
    operands: [
      { name: 'POINT', kind: 'point' },
      { name: 'PATH', kind: 'path' },
    ],
    options: [],
    examples: ['savepoint cat latest~1 /etc/fstab', 'savepoint cat app-1 app:logo.png > logo.png'],
  },
  {
    name: 'find',
    summary: 'find every version of a path',
    description:
      'Finds the files whose name or path matches PATTERN in all recovery points, and shows each of their versions, the newest first. A PATTERN without a slash matches names, one with a slash whole paths; *, ?, [a-z], {a,b} and ** mean what they mean to a shell.',
    operands: [{ name: 'PATTERN', kind: 'path' }],
    options: [],
    examples: ["savepoint find 'sshd_config*'", "savepoint find '/etc/**/*.conf'"],
  },
  ...DIFF_COMMANDS,
  {
    name: 'restore',
    summary: 'put files back',
    description: `Puts all of a recovery point back, or the PATHs named, in place or into another directory. Only what differs is written, each file whole or not at all; in place, what was there is kept as a safety point, which 'savepoint undo' goes back to. Files that the point does not have are kept, unless --delete is given. PATH#KEY, such as /etc/app.yaml#server.port, is a single key of a configuration file: JSON, YAML, TOML, INI, properties and the like of sshd_config. COMPONENT:TABLE is a single table of a database, whose live rows become those of the point.\n${POINT_RULE}\n${PATH_RULE}`,
    operands: [
      { name: 'POINT', kind: 'point' },
      { name: 'PATH', kind: 'path', optional: true, repeated: true },
    ],
    options: [
      { name: 'to', value: 'DIR', kind: 'directory', help: 'restore into DIR instead of in place' },
      { name: 'dry-run', letter: 'n', help: 'only show what would be done' },
      { name: 'delete', help: 'remove files that the point does not have, within what is restored' },
      { name: 'as', value: 'NAME', help: 'a database, under another name beside the one in use' },
    ],
    examples: [
      'savepoint restore latest /etc/nginx/nginx.conf',
      "savepoint restore latest '/etc/app.yaml#server.port'",
      'savepoint restore app-1 --to /tmp/app --dry-run',
      'savepoint restore latest app-db:accounts',
      'savepoint restore latest app-db --as app_yesterday',
    ],
  },
  {
    name: 'rollback',
    summary: 'put components back as a whole',
    description: `Turns components into what they were at POINT, the latest one where none is named: files are created, replaced, removed and get their attributes back, all behind a journal. The state before is kept as a safety point, which 'savepoint undo' goes back to. If a crash interrupts a rollback, 'savepoint recover' finishes or drops it; nothing in between remains. Files that no point knows are kept. Databases stay as they are unless --with-data is given.\n${POINT_RULE}`,
    operands: [{ name: 'POINT', kind: 'point', optional: true }],
    options: [
      {
        name: 'component',
        value: 'NAME',
        repeated: true,
        help: 'only this component, or those of this category; may be repeated',
      },
      { name: 'dry-run', letter: 'n', help: 'only show what would be done' },
      { name: 'with-data', help: 'databases, too: what was written since the point is lost' },
      { name: 'yes', letter: 'y', help: 'do not ask' },
      { name: 'force', help: 'even if the last rollback to the same state had to be taken back' },
      { name: 'trust', help: 'run what the point says is to be run, though it was not made in this store' },
      {
        name: 'emergency',
        help: 'without configuration or question, to the latest healthy or pinned point',
      },
    ],
    examples: [
      'savepoint rollback latest --dry-run',
      'savepoint rollback before-upgrade --component etc --yes',
    ],
  },
  {
    name: 'undo',
    summary: 'go back to the state before a rollback',
    description:
      'Takes back the last rollback that is not taken back yet, or the OPERATION named by its number or the start of its id, as the log has them. May be repeated to go further back.',
    operands: [{ name: 'OPERATION', kind: 'text', optional: true }],
    options: [{ name: 'dry-run', letter: 'n', help: 'only show what would be done' }],
    examples: ['savepoint undo', 'savepoint undo 12 --dry-run'],
  },
  {
    name: 'redo',
    summary: 'take back an undo',
    description:
      'Goes back to the state before the last undo, as long as nothing else was rolled back since.',
    operands: [],
    options: [{ name: 'dry-run', letter: 'n', help: 'only show what would be done' }],
    examples: ['savepoint redo'],
  },
  ...GUARD_COMMANDS,
  {
    name: 'log',
    summary: 'list the operations that were carried out, or follow one',
    description:
      "Lists all operations, oldest first: who did what when, from which point to which, and how it ended. The log is append-only and chained; 'savepoint verify' checks it.\nWith --follow it shows how far a rollback, undo, redo or recovery has come, whichever process carries it out, until that is over, and ends with the exit code of its outcome (5 where its process has died, and 'savepoint recover' is needed). OPERATION is a number of the log or the start of an id; without it the operation under way is followed, or else the next one.",
    operands: [{ name: 'OPERATION', kind: 'text', optional: true }],
    options: [
      { name: 'follow', letter: 'f', help: 'show how far an operation has come while it runs' },
      {
        name: 'component',
        value: 'NAME',
        help: 'what was captured of this component, at which position of its database, and put back',
      },
    ],
    examples: [
      'savepoint log',
      'savepoint log --json',
      'savepoint log --follow',
      'savepoint log --component app-db',
    ],
  },
  {
    name: 'recover',
    summary: 'finish what a crash interrupted',
    description:
      'Brings an interrupted rollback to its end: one that had not been decided never happened, one that had is finished. A guarded change that nobody has confirmed and nobody watches any more is taken back. Safe to repeat. Until it has run, commands that change something refuse to.',
    operands: [],
    options: [{ name: 'force', help: 'go on though what was staged is not there' }],
    examples: ['savepoint recover'],
  },
  ...CARE_COMMANDS,
  ...MOUNT_COMMANDS,
  ...BUNDLE_COMMANDS,
  ...GIT_COMMANDS,
  ...SERVE_COMMANDS,
  ...HOST_COMMANDS,
  ...HELP_COMMANDS,
] as const satisfies readonly CommandSpec[];

export type CommandName = (typeof COMMANDS)[number]['name'];

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** The command of that name; `undefined` where there is none. */
export function findCommand(name: string): (CommandSpec & { readonly name: CommandName }) | undefined {
  return COMMANDS.find((command) => command.name === name);
}
