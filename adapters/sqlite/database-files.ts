// How a file of SQLite's is told from others, and what SQLite keeps beside one. See https://www.sqlite.org/fileformat2.html,
// https://www.sqlite.org/walformat.html and https://www.sqlite.org/tempfiles.html.
import { readSync } from 'node:fs';

/** Files that may stand beside a database, and belong to it: by these ends of their names. */
export const SIDECARS = ['-wal', '-journal', '-shm'] as const;

export type Sidecar = (typeof SIDECARS)[number];

/** Those that hold content of the database's; the third one is but an index of the first, of which nothing is lost with it. */
export const CONTENT_SIDECARS: readonly Sidecar[] = ['-wal', '-journal'];

const MAGIC = Buffer.from('SQLite format 3\0', 'latin1');

/** Whether content that begins like this is a database. */
export function isDatabaseHead(content: Uint8Array): boolean {
  return content.length >= MAGIC.length && MAGIC.compare(content, 0, MAGIC.length) === 0;
}

/** Whether an open file is a database. */
export function isDatabaseFile(descriptor: number): boolean {
  return isDatabaseHead(readHead(descriptor, MAGIC.length));
}

/** The name of the database that a file of this name belongs to, if there is one, and what it is of it. */
export function databaseOfSidecar(
  name: string,
): { readonly database: string; readonly sidecar: Sidecar } | undefined {
  const sidecar = SIDECARS.find((each) => name.endsWith(each));
  if (sidecar === undefined || name.length === sidecar.length) return undefined;
  return { database: name.slice(0, -sidecar.length), sidecar };
}

/** What the files begin with. That of `-shm` is in the order of bytes of the machine that made it. */
const SIDECAR_MAGICS: Readonly<Record<Sidecar, readonly Buffer[]>> = {
  '-wal': ['377f0682', '377f0683'].map(fromHex),
  '-journal': ['d9d505f920a163d7'].map(fromHex),
  '-shm': ['18e22d00', '002de218'].map(fromHex),
};

/** Whether an open file is what its name says, be there a database beside it or not. */
export function isSidecarFile(sidecar: Sidecar, descriptor: number): boolean {
  return SIDECAR_MAGICS[sidecar].some((magic) => magic.equals(readHead(descriptor, magic.length)));
}

function fromHex(digits: string): Buffer {
  return Buffer.from(digits, 'hex');
}

function readHead(descriptor: number, lengthBytes: number): Buffer {
  const head = Buffer.alloc(lengthBytes);
  return head.subarray(0, readSync(descriptor, head, 0, lengthBytes, 0));
}
