// The commands that mount points on directories, as data; `command-table.ts` has them among the others.
import type { CommandSpec } from './command-spec.js';
import { POINT_RULE } from './operand-rules.js';

export const MOUNT_COMMANDS = [
  {
    name: 'mount',
    summary: 'mount a point, or all of them, as a read-only file system',
    description: `Mounts POINT on DIR, an empty directory: each component in a directory of its name, with all attributes. It stays as it is whatever becomes of the point. Without POINT the whole store is mounted: by-name/ has all points as they come and go, by-time/ and latest lead there.\nIt serves until Ctrl-C, SIGTERM, 'savepoint umount DIR' or umount; with --background it returns once DIR can be used. A file that is damaged gives an input/output error, and is named on stderr. Only the user who mounts it may use it, unless --allow-other is given. Needs Linux and FUSE; who is not root needs fusermount3 (the package fuse3).\n${POINT_RULE}`,
    operands: [
      { name: 'POINT', kind: 'point', optional: true },
      { name: 'DIR', kind: 'directory' },
    ],
    options: [
      { name: 'component', value: 'NAME', help: 'only this component, whose root is DIR' },
      {
        name: 'allow-other',
        help: 'let other users in, too, by the permissions that the files have in the point',
      },
      { name: 'background', letter: 'b', help: 'serve it from a process of its own, and return' },
    ],
    examples: [
      'savepoint mount latest /mnt',
      'savepoint mount before-upgrade /mnt --component etc --background',
      'savepoint mount /mnt --background',
    ],
  },
  {
    name: 'umount',
    summary: 'unmount what was mounted',
    description:
      "Unmounts the point or store on DIR, also where the process that served it was killed. What is in use is refused, and who uses it is named (exit code 5). Needs no store: what 'umount DIR' does is the same.",
    operands: [{ name: 'DIR', kind: 'directory' }],
    options: [
      {
        name: 'force',
        letter: 'f',
        help: 'also where it is in use: whoever uses it gets errors from then on',
      },
    ],
    examples: ['savepoint umount /mnt'],
  },
] as const satisfies readonly CommandSpec[];
