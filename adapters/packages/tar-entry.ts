// Entries of tar archives as dpkg reads them: POSIX ustar with GNU's long names (tar(5)). Extended attributes have no place there.
const BLOCK_BYTES = 512;
const NAME_BYTES = 100;

export interface TarEntry {
  /** Relative, beginning with './'; of a directory, ending with '/'. */
  readonly path: string;
  readonly type: keyof typeof TYPES;
  /** Permission bits, with setuid, setgid and sticky. */
  readonly mode: number;
  readonly userId: number;
  readonly groupId: number;
  readonly user: string;
  readonly group: string;
  readonly modifiedSeconds: number;
  readonly sizeBytes: number;
  /** Of links: what they lead to. */
  readonly target?: string;
  readonly device?: { readonly major: number; readonly minor: number };
}

const TYPES = {
  file: '0',
  link: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
} as const;

export const TAR_END = Buffer.alloc(2 * BLOCK_BYTES);

/** What stands before an entry's content. */
export function tarHeader(entry: TarEntry): Buffer {
  const blocks: Buffer[] = [];
  const { path, target = '' } = entry;
  if (Buffer.byteLength(target) > NAME_BYTES) blocks.push(longName('K', target));
  if (Buffer.byteLength(path) > NAME_BYTES) blocks.push(longName('L', path));
  blocks.push(block(entry, TYPES[entry.type]));
  return Buffer.concat(blocks);
}

/** What stands behind a content of this size, up to the next block. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES);
}

function longName(letter: 'K' | 'L', name: string): Buffer {
  const content = Buffer.from(`${name}\0`);
  const owner = { userId: 0, groupId: 0, user: 'root', group: 'root' };
  const entry = { path: '././@LongLink', type: 'file', mode: 0, modifiedSeconds: 0, ...owner } as const;
  const header = block({ ...entry, sizeBytes: content.length }, letter);
  return Buffer.concat([header, content, tarPadding(content.length)]);
}

function block(entry: TarEntry, letter: string): Buffer {
  const header = Buffer.alloc(BLOCK_BYTES);
  header.set(Buffer.from(entry.path).subarray(0, NAME_BYTES), 0);
  writeNumber(header, entry.mode, [100, 8]);
  writeNumber(header, entry.userId, [108, 8]);
  writeNumber(header, entry.groupId, [116, 8]);
  writeNumber(header, entry.sizeBytes, [124, 12]);
  writeNumber(header, Math.max(0, entry.modifiedSeconds), [136, 12]);
  header.fill(' ', 148, 156);
  header.write(letter, 156, 'latin1');
  header.set(Buffer.from(entry.target ?? '').subarray(0, NAME_BYTES), 157);
  header.write('ustar  \0', 257, 'latin1');
  header.set(Buffer.from(entry.user).subarray(0, 31), 265);
  header.set(Buffer.from(entry.group).subarray(0, 31), 297);
  if (entry.device !== undefined) {
    writeNumber(header, entry.device.major, [329, 8]);
    writeNumber(header, entry.device.minor, [337, 8]);
  }
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** In octal digits, or, where they don't suffice, in base 256 as GNU tar has it. */
function writeNumber(header: Buffer, value: number, [offset, length]: readonly [number, number]): void {
  const digits = value.toString(8);
  if (digits.length < length) {
    header.write(`${digits.padStart(length - 1, '0')}\0`, offset, 'latin1');
    return;
  }
  header.writeBigUInt64BE(BigInt(value), offset + length - 8);
  header[offset] = (header[offset] as number) | 0x80;
}
