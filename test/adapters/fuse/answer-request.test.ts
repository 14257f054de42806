// Requests as the kernel writes them, and replies as it reads them: byte for byte as fuse.h of Linux lays them out.
import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { answerRequest } from '#adapters/fuse/answer-request.js';
import { type FuseAttributes, FuseError, type FuseFileSystem } from '#adapters/fuse/fuse-file-system.js';
import { OPCODE } from '#adapters/fuse/fuse-protocol.js';
import { FuseReply } from '#adapters/fuse/fuse-reply.js';
import { FuseRequest } from '#adapters/fuse/fuse-request.js';

const { errno: ERRNO } = constants;
const HEADER_BYTES = 16;
const NAMES = ['a', 'name-of-22-characters.', 'z'];

const ATTRIBUTES: FuseAttributes = {
  ...{
    inodeLow: 0xfedcba98,
    inodeHigh: 0x1f,
    mode: 0o104755,
    userId: 4_294_967_294,
    groupId: 7,
    linkCount: 3,
  },
  ...{ sizeBytes: 2 ** 40 + 5, allocatedBytes: 513, deviceNumber: 0x0803 },
  ...{ modifiedSeconds: -2, modifiedNanoseconds: 999_999_999 },
};

const FILES: FuseFileSystem = {
  isConstant: true,
  prepare: () => undefined,
  validSeconds: () => 60,
  find: (_, name) => (NAMES.includes(name) ? 10 + NAMES.indexOf(name) : undefined),
  attributes: () => ATTRIBUTES,
  childAt: (_, place) => {
    const name = NAMES[place];
    if (name === undefined) return undefined;
    return { node: 10 + place, name, mode: 0o100644, inodeLow: place, inodeHigh: 1, next: place + 1 };
  },
  parent: () => 1,
  read: (_, { offset, lengthBytes }) => Buffer.from('content').subarray(offset, offset + lengthBytes),
  following: () => [],
  readLink: () => Buffer.from('../target'),
  seek: (_, offset) => (offset < 10 ? 10 : undefined),
  xattrNames: () => ['user.a', 'user.\udcff'],
  xattr: (_, name) => (name === 'user.a' ? Buffer.from('value') : undefined),
  failed: (_, error) => {
    throw error;
  },
};

interface Answer {
  readonly errno: number;
  readonly body: DataView;
  readonly bytes: Buffer;
}

/** The reply to a request with this body; `undefined` where there is none. */
function ask(
  opcode: number,
  body: Uint8Array = Buffer.alloc(64),
  files: FuseFileSystem = FILES,
): Answer | undefined {
  const request = new FuseRequest(8192);
  const header = new DataView(request.bytes.buffer);
  header.setUint32(0, 40 + body.length, true);
  header.setUint32(4, opcode, true);
  header.setBigUint64(8, 0x1122334455667788n, true);
  header.setBigUint64(16, 5n, true);
  request.bytes.set(body, 40);
  const reply = new FuseReply(8192);
  reply.clear();
  try {
    if (!answerRequest(request, reply, files)) return undefined;
  } catch (error) {
    if (!(error instanceof FuseError)) throw error;
    reply.fail(error.errno);
  }
  const whole = Buffer.from(reply.finish(request.words[2], request.words[3]));
  const view = new DataView(whole.buffer, whole.byteOffset, whole.length);
  expect([view.getUint32(0, true), view.getBigUint64(8, true)]).toEqual([whole.length, 0x1122334455667788n]);
  const bytes = whole.subarray(HEADER_BYTES);
  return {
    errno: 0 - view.getInt32(4, true),
    bytes,
    body: new DataView(whole.buffer, whole.byteOffset + HEADER_BYTES, bytes.length),
  };
}

function longs(...values: readonly (number | bigint)[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [at, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), at * 8);
  return bytes;
}

/** What struct fuse_attr says at `at`. */
function expectAttributes(body: DataView, at: number): void {
  const long = (offset: number) => body.getBigInt64(at + offset, true);
  const word = (offset: number) => body.getUint32(at + offset, true);
  expect([long(0), long(8), long(16)]).toEqual([0x1ffedcba98n, 2n ** 40n + 5n, 2n]);
  expect([long(24), long(32), long(40)]).toEqual([-2n, -2n, -2n]);
  expect([word(48), word(52), word(56)]).toEqual([999_999_999, 999_999_999, 999_999_999]);
  expect([word(60), word(64), word(68), word(72), word(76)]).toEqual([0o104755, 3, 4_294_967_294, 7, 0x0803]);
}

test('a look-up answers with the node, how long it is good, and its attributes', () => {
  const { body, errno } = ask(OPCODE.lookup, Buffer.from('z\0')) as Answer;
  expect([errno, body.byteLength]).toEqual([0, 128]);
  expect([0, 8, 16, 24].map((offset) => body.getBigUint64(offset, true))).toEqual([12n, 0n, 60n, 60n]);
  expectAttributes(body, 40);
});

test('that there is no such name is an answer that is good as long', () => {
  const { body, errno } = ask(OPCODE.lookup, Buffer.from('missing\0')) as Answer;
  expect([errno, body.getBigUint64(0, true), body.getBigUint64(16, true)]).toEqual([0, 0n, 60n]);
});

test('attributes, contents, links and places of data', () => {
  const attributes = ask(OPCODE.getAttributes) as Answer;
  expect([attributes.body.byteLength, attributes.body.getBigUint64(0, true)]).toEqual([104, 60n]);
  expectAttributes(attributes.body, 16);
  expect(ask(OPCODE.read, longs(0, 2, 3, 0, 0))?.bytes.toString()).toBe('nte');
  expect(ask(OPCODE.readLink)?.bytes.toString()).toBe('../target');
  expect(ask(OPCODE.seek, longs(0, 4, 3))?.body.getBigUint64(0, true)).toBe(10n);
  expect(ask(OPCODE.seek, longs(0, 99, 4))?.errno).toBe(ERRNO.ENXIO);
  expect(ask(OPCODE.seek, longs(0, 4, 2))?.errno).toBe(ERRNO.EINVAL);
  expect(ask(OPCODE.statFileSystem)?.body.byteLength).toBe(80);
});

/** The entries of struct fuse_dirent, or of struct fuse_direntplus, and where to go on. */
function listed(opcode: number, place: number, sizeBytes: number) {
  const { body, bytes } = ask(opcode, longs(0, place, sizeBytes, 0, 0)) as Answer;
  const extra = opcode === OPCODE.readDirectoryPlus ? 128 : 0;
  const entries: { name: string; node: bigint | undefined; type: number }[] = [];
  let next = place;
  for (let at = 0; at < bytes.length; ) {
    const length = body.getUint32(at + extra + 16, true);
    const start = at + extra + 24;
    entries.push({
      name: bytes.subarray(start, start + length).toString(),
      node: extra === 0 ? undefined : body.getBigUint64(at, true),
      type: body.getUint32(at + extra + 20, true),
    });
    if (extra > 0 && entries.at(-1)?.node !== 0n) expectAttributes(body, at + 40);
    next = Number(body.getBigUint64(at + extra + 8, true));
    at = (start + length + 7) & ~7;
  }
  expect(bytes.length).toBeLessThanOrEqual(sizeBytes);
  return { names: entries.map(({ name }) => name), entries, next };
}

test.each([OPCODE.readDirectory, OPCODE.readDirectoryPlus])(
  'a directory is listed in pieces that fit (%i)',
  (opcode) => {
    const whole = listed(opcode, 0, 4096);
    expect(whole.names).toEqual(['.', '..', ...NAMES]);
    const room = opcode === OPCODE.readDirectory ? 48 : 48 + 128;
    const pieces: string[][] = [];
    for (let place = 0, piece = listed(opcode, place, room); piece.names.length > 0; ) {
      pieces.push(piece.names);
      place = piece.next;
      piece = listed(opcode, place, room);
    }
    expect(pieces.flat()).toEqual(['.', '..', ...NAMES]);
    expect(pieces.length).toBeGreaterThan(2);
  },
);

test('with attributes, own names have no node, and each other name has its own', () => {
  const { entries } = listed(OPCODE.readDirectoryPlus, 0, 4096);
  expect(entries.map(({ node }) => node)).toEqual([0n, 0n, 10n, 11n, 12n]);
  expect(entries.slice(2).map(({ type }) => type)).toEqual([8, 8, 8]);
});

test('a file whose attributes cannot be told is listed without, and the failure is told', () => {
  const failures: unknown[] = [];
  const attributes = (node: number) => {
    if (node === 11) throw new Error('damaged');
    return ATTRIBUTES;
  };
  const files = { ...FILES, attributes, failed: (...words: unknown[]) => void failures.push(words) };
  const body = ask(OPCODE.readDirectoryPlus, longs(0, 2, 4096, 0, 0), files)?.body as DataView;
  expect(body.getBigUint64(0, true)).toBe(10n);
  expect(body.getBigUint64(160, true)).toBe(0n);
  expect(failures).toEqual([[11, expect.objectContaining({ message: 'damaged' })]]);
});

test.each([OPCODE.readDirectory, OPCODE.readDirectoryPlus])(
  'a name that the kernel takes from nobody is left out and told, and all others are listed (%i)',
  (opcode) => {
    const names = ['a', 'x'.repeat(1024), `${'ä'.repeat(512)}b`, 'x'.repeat(300_000), 'z'];
    const failures: unknown[] = [];
    const files: FuseFileSystem = {
      ...FILES,
      childAt: (_, place) => {
        const name = names[place];
        if (name === undefined) return undefined;
        return { node: 10 + place, name, mode: 0o100644, inodeLow: place, inodeHigh: 1, next: place + 1 };
      },
      failed: (...words) => void failures.push(words),
    };
    const { bytes } = ask(opcode, longs(0, 2, 4096, 0, 0), files) as Answer;
    const found = names.filter((name) => bytes.includes(Buffer.from(name)));
    expect(found).toEqual(['a', 'x'.repeat(1024), 'z']);
    const told = [5, expect.objectContaining({ code: 'UNSUPPORTED' })];
    expect(failures).toEqual([told, told]);
  },
);

test('a link that is longer than links can be is an error, and no reply that the kernel chokes on', () => {
  const answer = (length: number) =>
    ask(OPCODE.readLink, undefined, { ...FILES, readLink: () => Buffer.alloc(length, 'x') }) as Answer;
  expect([answer(4095).errno, answer(4095).bytes.length]).toEqual([0, 4095]);
  expect(answer(4096).errno).toBe(ERRNO.ENAMETOOLONG);
});

test('extended attributes tell their length to who has no room, and refuse who has too little', () => {
  const value = (room: number, name: string) =>
    ask(OPCODE.getXattr, Buffer.concat([longs(room), Buffer.from(`${name}\0`)]));
  expect(value(0, 'user.a')?.body.getUint32(0, true)).toBe(5);
  expect(value(4, 'user.a')?.errno).toBe(ERRNO.ERANGE);
  expect(value(5, 'user.a')?.bytes.toString()).toBe('value');
  expect(value(5, 'user.b')?.errno).toBe(ERRNO.ENODATA);
  const names = Buffer.concat([Buffer.from('user.a\0user.'), Buffer.of(0xff, 0)]);
  expect(ask(OPCODE.listXattr, longs(0))?.body.getUint32(0, true)).toBe(names.length);
  expect(ask(OPCODE.listXattr, longs(100))?.bytes).toEqual(names);
});

test('what would change something is refused, and what is not known is said to be missing', () => {
  for (const opcode of [OPCODE.write, OPCODE.create, OPCODE.unlink, OPCODE.setAttributes, OPCODE.setXattr])
    expect(ask(opcode)?.errno, String(opcode)).toBe(ERRNO.EROFS);
  for (const opcode of [OPCODE.open, OPCODE.openDirectory, 4095])
    expect(ask(opcode)?.errno).toBe(ERRNO.ENOSYS);
  expect(ask(OPCODE.ioctl)?.errno).toBe(ERRNO.ENOTTY);
  expect([ask(OPCODE.forget), ask(OPCODE.batchForget)]).toEqual([undefined, undefined]);
});

test('the protocol is agreed on as far as both sides know it, and refused where the kernel is too old', () => {
  const offer = (minor: number) => {
    const words = Uint32Array.of(7, minor, 128 << 10, 0xffffffff);
    return ask(OPCODE.initialize, Buffer.from(words.buffer));
  };
  const { body } = offer(45) as Answer;
  expect([0, 4].map((offset) => body.getUint32(offset, true))).toEqual([7, 36]);
  expect(body.getUint16(28, true)).toBe(256);
  expect(offer(28)?.body.getUint32(4, true)).toBe(28);
  expect(() => offer(27)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  const noOpen = (files: FuseFileSystem) => {
    const words = Buffer.from(Uint32Array.of(7, 36, 0, 0xffffffff).buffer);
    return (ask(OPCODE.initialize, words, files) as Answer).body.getUint32(12, true) & (1 << 24);
  };
  expect([noOpen(FILES) !== 0, noOpen({ ...FILES, isConstant: false }) !== 0]).toEqual([true, false]);
});
