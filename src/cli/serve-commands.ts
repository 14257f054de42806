// The command that serves points to other programs, as data; `command-table.ts` has it among the others.
import type { CommandSpec } from './command-spec.js';
import { POINT_RULE } from './operand-rules.js';

export const SERVE_COMMANDS = [
  {
    name: 'serve',
    summary: 'serve points as WebDAV',
    description: `Serves POINT over HTTP for reading, until it is ended; without POINT all points, as they come and go: by-name/, by-time/ and latest. Browsers show it, and rclone, davfs2, curl and file managers read it.\nWithout credentials only programs of the same user on this machine are answered, and root's. $SAVEPOINT_CREDENTIALS is USER:PASSWORD, too. Nothing is encrypted on the way: beyond this machine, put a TLS proxy or a tunnel in front.\n${POINT_RULE}`,
    operands: [{ name: 'POINT', kind: 'point', optional: true }],
    options: [
      { name: 'webdav', help: 'the protocol; there is no other yet' },
      { name: 'port', value: 'N', help: 'the port to listen on; 8080 unless set, 0 for one that is free' },
      { name: 'host', value: 'HOST', help: 'the name or address to listen on; 127.0.0.1 unless set' },
      {
        name: 'credentials',
        value: 'FILE',
        kind: 'path',
        help: 'answer who has one of the lines USER:PASSWORD in FILE, and nobody else',
      },
      { name: 'allow-remote', help: 'listen where other machines reach it; needs credentials' },
    ],
    examples: ['savepoint serve --webdav', 'savepoint serve --webdav --port 0 --json before-upgrade'],
  },
] as const satisfies readonly CommandSpec[];
