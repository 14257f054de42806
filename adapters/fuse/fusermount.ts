// Mounting by users who are not root, through the program that the system lets them do it by: fusermount3 mounts, and hands the
// open device over through a socket (SCM_RIGHTS, see unix(7)).
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { SavepointError } from '../../store/errors.js';
import { requireKoffi } from '../node/load-koffi.js';
import { posixError } from '../node/posix-error.js';
import type { FuseMount } from './fuse-device.js';

export const FUSERMOUNT = 'fusermount3';
/** The number that the socket has in the program. */
const SOCKET = 3;
const UNIX = 1;
const STREAM = 1;
const CLOSE_ON_EXEC = 0x80000;
const RECEIVE_CLOSE_ON_EXEC = 0x40000000;
const CONTROL_BYTES = 64;
/** Length, level and type stand before what a control message is about. */
const CONTROL_HEADER_BYTES = 16;

/** The open device. Throws PERMISSION_DENIED where the program is missing or refuses. */
export async function mountByProgram(mount: Omit<FuseMount, 'descriptor'>): Promise<number> {
  const sockets = openSockets();
  try {
    const child = spawn(FUSERMOUNT, ['-o', optionsOf(mount), '--', mount.directory], {
      stdio: ['ignore', 'ignore', 'pipe', sockets.theirs],
      env: { ...process.env, LC_ALL: 'C', _FUSE_COMMFD: String(SOCKET) },
    });
    const complaint = await failureOf(child);
    if (complaint !== undefined) throw refused(mount.directory, complaint);
    return sockets.receive();
  } finally {
    sockets.close();
  }
}

/** Whether it is unmounted; `isLazy` only hides what is still in use. */
export function unmountByProgram(directory: string, isLazy: boolean): boolean {
  const words = ['-u', ...(isLazy ? ['-z'] : []), '--', directory];
  return spawnSync(FUSERMOUNT, words, { stdio: 'ignore' }).status === 0;
}

function optionsOf({ source, allowOther }: Omit<FuseMount, 'descriptor'>): string {
  const name = source.replace(/[\\,]/g, '\\$&');
  const options = `ro,nosuid,nodev,default_permissions,max_read=${1 << 20},subtype=savepoint,fsname=${name}`;
  return allowOther ? `${options},allow_other` : options;
}

/** What it says where it does not end well. */
async function failureOf(child: ChildProcess): Promise<string | undefined> {
  let said = '';
  child.stderr?.on('data', (text) => {
    said += text;
  });
  try {
    const [code] = await once(child, 'close');
    return code === 0 ? undefined : said.trim();
  } catch (error) {
    return (error as Error).message;
  }
}

function refused(directory: string, complaint: string): SavepointError {
  return new SavepointError(
    'PERMISSION_DENIED',
    `${directory} can't be mounted on (${complaint}): repeat as root, or see to it that ${FUSERMOUNT} (the package fuse3) is there and may use /dev/fuse, and name a directory of your own.`,
    { fields: { path: directory, complaint } },
  );
}

function openSockets() {
  const koffi = requireKoffi();
  const library = koffi.load('libc.so.6');
  const socketpair = library.func('socketpair', 'int', ['int', 'int', 'int', 'void *']);
  const ends = new Int32Array(2);
  if (socketpair(UNIX, STREAM | CLOSE_ON_EXEC, 0, ends) !== 0)
    throw posixError({ syscall: 'socketpair', errno: koffi.errno(), path: FUSERMOUNT });
  return {
    theirs: ends[1],
    receive: () => receiveDescriptor(ends[0]),
    close: () => {
      for (const end of ends) closeSync(end);
    },
  };
}

/** See recvmsg(2), cmsg(3): one byte, and a descriptor beside it. */
function receiveDescriptor(socket: number): number {
  const koffi = requireKoffi();
  const vector = koffi.struct({ base: 'void *', length: 'size_t' });
  const message = koffi.struct({
    ...{ name: 'void *', nameLength: 'uint32_t', vectors: 'void *', vectorCount: 'size_t' },
    ...{ control: 'void *', controlLength: 'size_t', flags: 'int' },
  });
  const recvmsg = koffi
    .load('libc.so.6')
    .func('recvmsg', 'int64_t', ['int', koffi.inout(koffi.pointer(message)), 'int']);
  const byte = koffi.alloc('uint8_t', 1);
  const vectors = koffi.alloc(vector, 1);
  koffi.encode(vectors, vector, { base: byte, length: 1 });
  const control = koffi.alloc('uint8_t', CONTROL_BYTES);
  const received = {
    ...{ name: null, nameLength: 0, vectors, vectorCount: 1 },
    ...{ control, controlLength: CONTROL_BYTES, flags: 0 },
  };
  if (recvmsg(socket, received, RECEIVE_CLOSE_ON_EXEC) < 0)
    throw posixError({ syscall: 'recvmsg', errno: koffi.errno(), path: FUSERMOUNT });
  const bytes = Uint8Array.from(koffi.decode(control, koffi.array('uint8_t', CONTROL_BYTES)));
  return new DataView(bytes.buffer).getInt32(CONTROL_HEADER_BYTES, true);
}
