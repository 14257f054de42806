// The ref log's files, byte for byte: a change of these bytes is a change of the store's format. The checksums were
// computed by another implementation (zlib).

import { describe, expect, it } from 'vitest';
import type { ObjectId } from '#store/object-id.js';
import { sealRecord } from '#store/refs/record-envelope.js';
import {
  decodeSnapshot,
  decodeTransaction,
  encodeSnapshot,
  encodeTransaction,
} from '#store/refs/ref-record.js';
import { CONTEXT, idOf } from './ref-log-fixture.js';

const ZEROS = '0'.repeat(63);
const TRANSACTION_TEXT = `savepoint ref transaction 1
sequence 65
time 1700000000123
change - ${ZEROS}1 pins/a
change ${ZEROS}2 - points/Z
change ${ZEROS}3 ${ZEROS}4 points/ü
crc32 f85eff37
`;
const TRANSACTION = {
  sequence: 65,
  timeMs: 1700000000123,
  changes: [
    { name: 'pins/a', expected: undefined, value: idOf(1) },
    { name: 'points/Z', expected: idOf(2), value: undefined },
    { name: 'points/ü', expected: idOf(3), value: idOf(4) },
  ],
};
const SNAPSHOT_TEXT = `savepoint ref snapshot 1
sequence 64
ref ${ZEROS}7 3 points/b
ref ${ZEROS}8 64 pins/a
ref ${ZEROS}9 64 points/a
crc32 190f41ed
`;
const SNAPSHOT = {
  sequence: 64,
  refs: new Map([
    ['points/b', { id: idOf(7), sequence: 3 }],
    ['pins/a', { id: idOf(8), sequence: 64 }],
    ['points/a', { id: idOf(9), sequence: 64 }],
  ]),
};

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const corrupt = (flaw: string) =>
  expect.objectContaining({ code: 'REF_CORRUPT', message: expect.stringContaining(flaw) });

describe('a transaction', () => {
  it('has these bytes, in whatever order its changes come', () => {
    expect(textOf(encodeTransaction(CONTEXT, TRANSACTION))).toBe(TRANSACTION_TEXT);
    const reversed = { ...TRANSACTION, changes: [...TRANSACTION.changes].reverse() };
    expect(textOf(encodeTransaction(CONTEXT, reversed))).toBe(TRANSACTION_TEXT);
  });

  it('is read back from them', () => {
    expect(decodeTransaction(CONTEXT, 65, bytesOf(TRANSACTION_TEXT))).toEqual(TRANSACTION);
  });

  it('is told from one of another number, kind, object format or later version', () => {
    const bytes = bytesOf(TRANSACTION_TEXT);
    expect(() => decodeTransaction(CONTEXT, 66, bytes)).toThrow(
      corrupt("'refs/0000000066.tx' is not spelled"),
    );
    expect(() => decodeSnapshot(CONTEXT, 65, bytes)).toThrow(corrupt('is no ref snapshot'));
    expect(() => decodeTransaction({ ...CONTEXT, format: 'sha1' }, 65, bytes)).toThrow(
      corrupt('sha1 object id'),
    );
    const later = reseal(TRANSACTION_TEXT.replace('transaction 1', 'transaction 2'));
    expect(() => decodeTransaction(CONTEXT, 65, later)).toThrow(
      expect.objectContaining({ code: 'STORE_NEWER' }),
    );
  });
});

describe('a snapshot', () => {
  it('has these bytes, in whatever order its refs come', () => {
    expect(textOf(encodeSnapshot(CONTEXT, SNAPSHOT))).toBe(SNAPSHOT_TEXT);
    const reversed = { ...SNAPSHOT, refs: new Map([...SNAPSHOT.refs].reverse()) };
    expect(textOf(encodeSnapshot(CONTEXT, reversed))).toBe(SNAPSHOT_TEXT);
  });

  it('is read back from them, in order', () => {
    const found = decodeSnapshot(CONTEXT, 64, bytesOf(SNAPSHOT_TEXT));
    expect([...found.refs]).toEqual([...SNAPSHOT.refs]);
  });

  it('may be empty', () => {
    const bytes = bytesOf('savepoint ref snapshot 1\nsequence 64\ncrc32 6535dc76\n');
    expect(encodeSnapshot(CONTEXT, { sequence: 64, refs: new Map() })).toEqual(bytes);
    expect(decodeSnapshot(CONTEXT, 64, bytes)).toEqual({ sequence: 64, refs: new Map() });
  });
});

describe.each([
  ['a transaction', TRANSACTION_TEXT, (bytes: Uint8Array) => decodeTransaction(CONTEXT, 65, bytes)],
  ['a snapshot', SNAPSHOT_TEXT, (bytes: Uint8Array) => decodeSnapshot(CONTEXT, 64, bytes)],
])('damage to %s', (_, text, decode) => {
  it('is noticed for every other value of every byte', () => {
    const bytes = bytesOf(text);
    for (let at = 0; at < bytes.length; at++) {
      for (let flip = 1; flip < 256; flip++) {
        bytes[at] ^= flip;
        expectCorrupt(() => decode(bytes), `byte ${at} ^ ${flip}`);
        bytes[at] ^= flip;
      }
    }
    decode(bytes);
  });

  it('is noticed wherever the file is cut, and when something follows', () => {
    const bytes = bytesOf(text);
    for (let length = 0; length < bytes.length; length++) {
      expectCorrupt(() => decode(bytes.subarray(0, length)), `${length} bytes`);
    }
    expectCorrupt(() => decode(bytesOf(`${text}\n`)), 'a line more');
    expectCorrupt(() => decode(bytesOf(text + text)), 'twice');
  });
});

describe('a record with a good checksum', () => {
  const change = `change - ${ZEROS}1`;
  it.each([
    ['no lines', [], 'odd number'],
    ['no time', ['sequence 65'], 'odd number'],
    ['a time with zeros in front', ['sequence 65', 'time 01'], 'is not spelled'],
    ['a time that is no integer', ['sequence 65', 'time 1e3'], 'odd number'],
    ['a number with zeros in front', ['sequence 065', 'time 1'], 'is not spelled'],
    ['another word', ['sequence 65', 'time 1', `set - ${ZEROS}1 points/a`], 'odd line'],
    ['a word too much', ['sequence 65', 'time 1', `${change} points/a b`], 'odd line'],
    ['no name', ['sequence 65', 'time 1', change], 'odd line'],
    ['a name that is not allowed', ['sequence 65', 'time 1', `${change} points/..`], 'bad name'],
    ['an id in capitals', ['sequence 65', 'time 1', `change - ${ZEROS}A points/a`], 'odd line'],
    ['a short id', ['sequence 65', 'time 1', 'change - 0 points/a'], 'object id'],
    ['an empty line', ['sequence 65', 'time 1', ''], 'odd line'],
    ['names out of order', ['sequence 65', 'time 1', `${change} b/b`, `${change} b/a`], 'is not spelled'],
    ['a name twice', ['sequence 65', 'time 1', `${change} b/b`, `${change} b/b`], 'twice'],
  ])('is refused as a transaction with %s', (_, lines, flaw) => {
    const bytes = sealRecord(CONTEXT.platform, 'transaction', lines);
    expect(() => decodeTransaction(CONTEXT, 65, bytes)).toThrow(corrupt(flaw));
  });

  it.each([
    ['refs out of order', [`ref ${ZEROS}1 3 b/b`, `ref ${ZEROS}1 3 b/a`], 'is not spelled'],
    ['newer refs first', [`ref ${ZEROS}1 4 b/a`, `ref ${ZEROS}1 3 b/b`], 'is not spelled'],
    ['a name twice', [`ref ${ZEROS}1 3 b/b`, `ref ${ZEROS}1 4 b/b`], 'twice'],
    ['a ref newer than itself', [`ref ${ZEROS}1 65 b/b`], 'odd line'],
    ['a ref without a number', [`ref ${ZEROS}1 x b/b`], 'odd line'],
    ['no value', ['ref - 3 b/b'], 'odd line'],
    ['a number with zeros in front', [`ref ${ZEROS}1 03 b/b`], 'is not spelled'],
    ['a short id', [`ref ${ZEROS.slice(3)}1 123 b/b`], 'object id'],
    ['another word', [`tag ${ZEROS}1 3 b/b`], 'odd line'],
    ['a name that is not allowed', [`ref ${ZEROS}1 3 b/..`], 'bad name'],
  ])('is refused as a snapshot with %s', (_, refs, flaw) => {
    const bytes = sealRecord(CONTEXT.platform, 'snapshot', ['sequence 64', ...refs]);
    expect(() => decodeSnapshot(CONTEXT, 64, bytes)).toThrow(corrupt(flaw));
  });

  it('holds ids of either object format', () => {
    const context = { ...CONTEXT, format: 'sha1' } as const;
    const id = 'a'.repeat(40) as ObjectId;
    const transaction = { ...TRANSACTION, changes: [{ name: 'points/a', expected: undefined, value: id }] };
    expect(decodeTransaction(context, 65, encodeTransaction(context, transaction))).toEqual(transaction);
  });
});

/** `text` with its last line made to fit the rest. */
function reseal(text: string): Uint8Array {
  const body = text.slice(0, -15);
  const checksum = CONTEXT.platform.crc32(bytesOf(body)).toString(16).padStart(8, '0');
  return bytesOf(`${body}crc32 ${checksum}\n`);
}

/** Without vitest's cost per expectation: it is called 100,000 times. */
function expectCorrupt(decode: () => unknown, where: string): void {
  try {
    decode();
  } catch (error) {
    if ((error as { code?: string }).code === 'REF_CORRUPT') return;
    throw error;
  }
  expect.unreachable(`damage goes unnoticed: ${where}`);
}
