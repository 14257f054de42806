// Fixed values of everything that a store keeps, for golden files: what they are must never depend on the machine.
import type { DirectoryAttributes } from '#adapters/files/attributes.js';
import type { DirectoryRow } from '#adapters/files/stat-cache.js';
import { STATUS_WORDS } from '#adapters/files/status-words.js';
import { recordConfiguration } from '#src/configuration/record-configuration.js';
import type { ComponentRecord, PointRecord, TagSummary } from '#src/point-record.js';
import type { ObjectFormat, ObjectId } from '#store/object-id.js';
import { encodeCommit, encodeTag } from '#store/objects/commit-and-tag.js';
import { encodeTree, TREE_MODES } from '#store/objects/tree.js';
import type { StoredRecipe } from '#store/pack/record.js';
import type { StoreSettings } from '#store/store-settings.js';
import type { MadeObject } from '../store/pack-fixture.js';

/** An id of the same digit throughout. */
export function idOf(format: ObjectFormat, digit: string): ObjectId {
  return digit.repeat(format === 'sha1' ? 40 : 64) as ObjectId;
}

export function sampleSettings(format: ObjectFormat): StoreSettings {
  return {
    format: 1,
    id: '0123456789abcdeffedcba9876543210',
    objectFormat: format,
    chunking: {
      algorithm: 'fastcdc',
      minimumBytes: 262144,
      averageBytes: 1048576,
      maximumBytes: 4194304,
      seed: 0,
    },
    codec: 'zstd',
    encryption: 'none',
  };
}

/** Objects of every kind, block by block. */
export function sampleObjects(format: ObjectFormat): MadeObject[][] {
  const author = { name: 'Ada', email: 'ada@host', timeSeconds: 1_700_000_000 };
  const tree = encodeTree(
    [
      { mode: TREE_MODES.file, name: 'a.txt', id: idOf(format, '1') },
      { mode: TREE_MODES.directory, name: 'a', id: idOf(format, '2') },
      { mode: TREE_MODES.symlink, name: '\udcff', id: idOf(format, '3') },
      { mode: TREE_MODES.executable, name: 'é', id: idOf(format, '4') },
    ],
    format,
  );
  const commit = encodeCommit({
    tree: idOf(format, '5'),
    parents: [idOf(format, '6')],
    author,
    message: 'Before update',
  });
  const tag = encodeTag({
    object: idOf(format, '7'),
    kind: 'commit',
    name: 'one',
    tagger: author,
    message: 'Before update\n',
  });
  return [
    [
      { kind: 'blob', content: new Uint8Array() },
      { kind: 'blob', content: new TextEncoder().encode('hello\n') },
    ],
    [
      { kind: 'tree', content: tree },
      { kind: 'commit', content: commit },
      { kind: 'tag', content: tag },
    ],
  ];
}

/** A recipe of chunks, and one of lists that stand for more than 4 GiB. */
export function sampleRecipes(format: ObjectFormat): StoredRecipe[] {
  const chunks = [
    { id: idOf(format, '8'), lengthBytes: 1_000_000 },
    { id: idOf(format, '9'), lengthBytes: 234_567 },
  ];
  const lists = [
    { id: idOf(format, 'a'), lengthBytes: 5 * 2 ** 32 + 6 },
    { id: idOf(format, 'b'), lengthBytes: 7 },
  ];
  const sizeOf = (parts: typeof chunks) => parts.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
  return [
    { id: idOf(format, 'c'), kind: 'blob', sizeBytes: sizeOf(chunks), parts: chunks, partsAreLists: false },
    { id: idOf(format, 'd'), kind: 'tree', sizeBytes: sizeOf(lists), parts: lists, partsAreLists: true },
  ];
}

const TIME = { modifiedSeconds: 1_700_000_000, modifiedNanoseconds: 123_456_789 };
const OWNER = { userId: 0, groupId: 0 };

export const SAMPLE_ATTRIBUTES: DirectoryAttributes = {
  users: new Map([
    [0, 'root'],
    [1000, 'ada'],
  ]),
  groups: new Map([[0, 'root']]),
  files: [
    { name: '.', type: 'directory', mode: 0o1777, ...OWNER, ...TIME },
    { name: 'before-1970', type: 'file', mode: 0o644, ...OWNER, modifiedSeconds: -1, modifiedNanoseconds: 5 },
    { name: 'device', type: 'character-device', mode: 0o600, ...OWNER, ...TIME, device: [1, 3] },
    {
      name: 'disk',
      type: 'block-device',
      mode: 0o660,
      userId: 0,
      groupId: 6,
      ...TIME,
      device: [259, 1048575],
    },
    { name: 'fifo', type: 'fifo', mode: 0o600, ...OWNER, ...TIME },
    { name: 'file', type: 'file', mode: 0o4755, userId: 1000, groupId: 4294967294, ...TIME },
    { name: 'link', type: 'symlink', mode: 0o777, ...OWNER, ...TIME },
    { name: 'new\nline "quoted"', type: 'file', mode: 0, ...OWNER, ...TIME, link: 'a/b' },
    {
      name: 'sparse',
      type: 'file',
      mode: 0o644,
      ...OWNER,
      ...TIME,
      data: [
        [0, 4096],
        [1073741824, 1],
      ],
    },
    {
      name: 'é',
      type: 'directory',
      mode: 0o755,
      ...OWNER,
      ...TIME,
      xattrs: { 'user.a': 'YQ==', 'user.b': '' },
    },
    { name: '\udcff', type: 'file', mode: 0o644, ...OWNER, ...TIME },
  ],
};

export const SAMPLE_SUMMARY: TagSummary = {
  message: 'Before update\n\nof everything',
  createdAt: '2023-11-14T22:13:20.000Z',
  host: 'host',
  trigger: 'manual',
  health: 'unknown',
  complete: false,
  components: ['etc', 'srv-app'],
  files: 12,
  bytes: 3456,
  tags: { why: 'a "test"' },
};

export const SAMPLE_POINT: PointRecord = {
  format: 1,
  savepoint: '0.1.0',
  host: 'host',
  createdAt: '2023-11-14T22:13:20.000Z',
  trigger: 'manual',
  health: 'unknown',
  tags: { why: 'a "test"' },
  complete: false,
  problems: [{ component: 'etc', path: '/etc/\udcff', code: 'EACCES', message: 'permission denied' }],
  problemCount: 1,
};

export const SAMPLE_CONFIGURED_POINT: PointRecord = {
  ...SAMPLE_POINT,
  configuration: recordConfiguration({
    ...{ file: '/etc/savepoint.yaml', adapters: ['/opt/adapter.mjs'], components: [] },
    retention: {
      ...{ keepLast: 10, keepPerComponent: 5, keepHours: 24, keepDaily: 7, keepWeekly: 0, keepMonthly: 0 },
      ...{ keepTags: ['release'], maxBytes: 21474836480 },
    },
    guard: {
      ...{ timeoutMs: 300_000, confirmMs: 600_000, watchMs: 5000, partial: true, withData: true },
      ...{ rollbacksPerHour: 3, backOffMs: 60_000, priority: ['kernel', 'etc'] },
      triggers: [
        { on: 'failure', do: 'revert' },
        {
          on: 'critical-log',
          do: 'report',
          components: ['etc'],
          file: '/var/log/app.log',
          patterns: ['panic:'],
        },
        { on: 'corruption', do: 'revert', paths: [], store: true },
      ],
      health: [
        {
          probe: { kind: 'http', url: 'http://127.0.0.1:8080/health' },
          ...{ required: true, intervalMs: 5000, timeoutMs: 10_000, healthyForMs: 30_000 },
        },
        {
          probe: { kind: 'command', command: 'systemctl is-active nginx' },
          ...{ required: false, intervalMs: 5000, timeoutMs: 10_000 },
        },
      ],
    },
  }),
};

export const SAMPLE_COMPONENT: ComponentRecord = {
  name: 'etc',
  kind: 'files',
  category: 'filesystem',
  adapterVersion: 1,
  origin: '/etc',
  only: ['nginx'],
  exclude: ['*.log'],
  oneFileSystem: true,
  capturedAt: '2023-11-14T22:13:20.000Z',
  consistency: 'crash',
  dependsOn: [],
  files: 12,
  directories: 3,
  bytes: 3456,
};

/** Rows of a stat cache: of a root with three entries, and of an empty directory. */
export function sampleRows(format: ObjectFormat): DirectoryRow[] {
  const result = { files: idOf(format, 'e'), attributes: idOf(format, 'f') };
  const nothing = { untrusted: new Set<number>(), extras: new Map(), result };
  return [
    {
      path: '',
      names: ['a', 'é', '\udcff'],
      words: Int32Array.from({ length: 3 * STATUS_WORDS }, (_, i) => (i % 7 === 0 ? -i : i * 1000)),
      ids: [idOf(format, '1'), '', idOf(format, '2')],
      untrusted: new Set([2]),
      extras: new Map([[1, { link: 'a', xattrs: { 'user.a': 'YQ==' } }]]),
      result,
    },
    { path: 'é/\udcff', names: [], words: new Int32Array(0), ids: [], ...nothing },
  ];
}
