// Which user of this machine has the other end of a local connection. A store can be read by its owner only; without this,
// whoever can open a port of the loopback interface could read all of it. Source: proc(5), /proc/net/tcp.
import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { endianness } from 'node:os';

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
const NOBODYS = '0';

/** The ends of a connection, as the server's socket has them. */
export interface Connection {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
}

/** Whether the kernel tells at all. */
export function canTellPeers(): boolean {
  return readTables().length > 0;
}

/** The user's number; `undefined` where the connection is not there, or no longer. */
export function findPeerUser(connection: Connection): number | undefined {
  const { remoteAddress, remotePort, localAddress, localPort } = connection;
  // The peer's own end is the one that this one calls remote. Both are compared whole: another user's connection may come
  // from the same address and port, if it leads elsewhere.
  const own = ends(remoteAddress, remotePort);
  const other = ends(localAddress, localPort);
  for (const line of readTables()) {
    const [, local, remote, , , , , user, , inode] = line.trim().split(/\s+/);
    // What nobody has open any more is nobody's, and is listed as root's.
    if (inode === NOBODYS || !own.includes(local) || !other.includes(remote)) continue;
    return Number(user);
  }
  return undefined;
}

/** An end of a connection, as the tables may have it. */
function ends(address: string | undefined, port: number | undefined): string[] {
  if (address === undefined || port === undefined) return [];
  const digits = port.toString(16).toUpperCase().padStart(4, '0');
  return spellings(address).map((each) => `${each}:${digits}`);
}

function readTables(): string[] {
  return TABLES.flatMap((table) => {
    try {
      return readFileSync(table, 'latin1').split('\n').slice(1, -1);
    } catch (error) {
      // Without IPv6 there is no table of it; without any table nobody is let in.
      if (['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
      throw error;
    }
  });
}

/** An address as the tables have it: words of 32 bits in the machine's order; one of IPv4 also as a socket of IPv6 has it. */
function spellings(address: string): string[] {
  const plain = address.replace(/^::ffff:/i, '');
  if (isIPv4(plain)) {
    const word = hex(plain.split('.').map(Number));
    return [word, `${'0'.repeat(16)}${hex([0, 0, 0xff, 0xff])}${word}`];
  }
  // The one address of the loopback interface.
  return address === '::1' ? ['0'.repeat(24) + hex([0, 0, 0, 1])] : [];
}

function hex(bytes: readonly number[]): string {
  const ordered = endianness() === 'LE' ? [...bytes].reverse() : bytes;
  return Buffer.from(ordered).toString('hex').toUpperCase();
}
