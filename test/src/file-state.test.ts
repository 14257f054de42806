// How one file is described.
import { expect, test } from 'vitest';
import type { FileEntry } from '#src/directory-listing.js';
import { readFileState, type StateContext } from '#src/file-state.js';
import { SavepointError } from '#store/errors.js';
import type { ObjectId } from '#store/object-id.js';

const ID = 'f'.repeat(64) as ObjectId;

const context: StateContext = {
  format: 'sha256',
  source: {
    read: async () => {
      throw new SavepointError('OBJECT_MISSING', 'gone');
    },
  },
  findSize: async (_, path) => path.length,
};

function entryOf(attributes: Partial<FileEntry['attributes']>): FileEntry {
  const plain = {
    name: 'n',
    type: 'fifo',
    mode: 0o644,
    userId: 1,
    groupId: 2,
    modifiedSeconds: 0,
    modifiedNanoseconds: 0,
  } as const;
  const owners = { users: new Map([[1, 'one']]), groups: new Map([[3, 'three']]) };
  return { attributes: { ...plain, ...attributes }, id: undefined, directory: undefined, owners };
}

test.each([
  [0, 0, '1970-01-01T00:00:00.000000000Z'],
  [-1, 999_999_999, '1969-12-31T23:59:59.999999999Z'],
  [1_700_000_000, 1, '2023-11-14T22:13:20.000000001Z'],
  [253_402_300_800, 0, '+010000-01-01T00:00:00.000000000Z'],
  [8.64e12, 5, '+275760-09-13T00:00:00.000000005Z'],
  [8.64e12 + 1, 5, '@8640000000001.000000005'],
  [-8.64e12 - 1, 5, '@-8640000000001.000000005'],
])(
  'the time of %d s and %d ns is written in full',
  async (modifiedSeconds, modifiedNanoseconds, expected) => {
    const state = await readFileState(context, entryOf({ modifiedSeconds, modifiedNanoseconds }), 'p');
    expect(state.modified).toBe(expected);
  },
);

test('owners have the names that the captured host knew, where it knew one', async () => {
  const state = await readFileState(context, entryOf({}), 'p');
  expect(state).toMatchObject({ userId: 1, user: 'one', groupId: 2 });
  expect(state).not.toHaveProperty('group');
});

test('a file is as long as its place says, and a link as what it leads to', async () => {
  const file = { ...entryOf({ type: 'file' }), id: ID };
  expect(await readFileState(context, file, 'path')).toMatchObject({ sizeBytes: 4, id: ID });
  const link = { ...entryOf({ type: 'symlink' }), id: ID };
  const source = { read: async () => ({ kind: 'blob' as const, content: Buffer.from([0x61, 0xff]) }) };
  expect(await readFileState({ ...context, source }, link, 'path')).toMatchObject({
    sizeBytes: 2,
    target: 'a\udcff',
  });
});

test('a link whose target is lost is described without it', async () => {
  const state = await readFileState(context, { ...entryOf({ type: 'symlink' }), id: ID }, 'path');
  expect(state).toMatchObject({ type: 'symlink', id: ID });
  expect(state).not.toHaveProperty('target');
  expect(state).not.toHaveProperty('sizeBytes');
});
