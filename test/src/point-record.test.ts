// What points say of themselves is taken in its form only: they come from other hosts, too.
import { describe, expect, it } from 'vitest';
import {
  type ComponentRecord,
  encodeRecord,
  encodeTagMessage,
  parseComponentRecord,
  parsePointRecord,
  parseTagMessage,
  type TagSummary,
} from '#src/point-record.js';
import type { ObjectId } from '#store/object-id.js';

const ID = 'ab'.repeat(20) as ObjectId;
const corrupt = expect.objectContaining({ code: 'OBJECT_CORRUPT', fields: { id: ID } });

const SUMMARY: TagSummary = {
  ...{ message: 'a\n\nb', createdAt: '2026-01-31T23:59:59.000Z', host: 'web1', trigger: 'manual' },
  ...{ health: 'unknown', complete: true, components: ['etc'], files: 1, bytes: 2, tags: { a: 'b' } },
};

describe('the summary in a tag', () => {
  it.each([{}, { createdAt: '+033658-09-27T01:46:39.000Z' }, { createdAt: '-000001-09-27T01:46:39Z' }])(
    'comes back with %j',
    (change) => {
      const summary = { ...SUMMARY, ...change };
      expect(parseTagMessage(encodeTagMessage(summary), ID)).toEqual(summary);
    },
  );

  it.each([
    ...[{ createdAt: 'soon' }, { createdAt: '2026-13-31T23:59:59.000Z' }, { createdAt: '../../a 2019' }],
    ...[{ components: 'etc' }, { components: [1] }, { components: undefined }, { files: '1' }],
    ...[{ tags: null }, { tags: { a: 1 } }, { complete: 'yes' }, { host: undefined }],
  ])('is refused with %j', (change) => {
    const text = encodeTagMessage({ ...SUMMARY, ...change } as unknown as TagSummary);
    expect(() => parseTagMessage(text, ID)).toThrow(corrupt);
  });
});

const RECORD: ComponentRecord = {
  ...{ name: 'etc', kind: 'config', category: 'configuration', adapterVersion: 1, origin: '/etc' },
  ...{ oneFileSystem: false, capturedAt: '2026-01-31T23:59:59.000Z', consistency: 'crash', dependsOn: [] },
  ...{ files: 1, directories: 1, bytes: 2 },
};

describe('the record of a component', () => {
  it.each([{}, { exclude: ['a'], settings: { a: 1 } }])('comes back with %j', (change) => {
    const record = { ...RECORD, ...change };
    expect(parseComponentRecord(encodeRecord(record), ID, 'etc')).toEqual(record);
  });

  it.each([
    ...[{ name: 'other' }, { origin: '../etc' }, { origin: 5 }, { origin: undefined }, { files: 'many' }],
    ...[{ exclude: 'a' }, { exclude: [5] }, { only: 'a' }, { dependsOn: undefined }, { validate: {} }],
    ...[{ settings: 5 }, { settings: [] }],
  ])('is refused with %j', (change) => {
    const content = encodeRecord({ ...RECORD, ...change } as unknown as ComponentRecord);
    expect(() => parseComponentRecord(content, ID, 'etc')).toThrow(corrupt);
  });
});

it.each(['{}', '[]', 'null', '', '{"format":"1"}'])('%j is no record of a point', (text) => {
  expect(() => parsePointRecord(Buffer.from(text), ID)).toThrow(corrupt);
});
