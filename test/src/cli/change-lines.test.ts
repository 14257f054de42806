// Changes in words.
import { expect, test } from 'vitest';
import { ChangeCounts, describeTotals } from '#src/cli/change-counts.js';
import { describeChange, differencesOf, statusLine } from '#src/cli/change-lines.js';
import { withoutImpliedTimes } from '#src/cli/shown-changes.js';
import { createStyle } from '#src/cli/style.js';

type Change = Parameters<typeof describeChange>[0];
type State = NonNullable<Change['before']>;

function state(parts: Partial<State> = {}): State {
  const owner = { userId: 0, user: 'root', groupId: 0, group: 'root' };
  return {
    type: 'file',
    mode: 0o644,
    ...owner,
    modified: '2026-01-31T22:05:09.000000000Z',
    sizeBytes: 220,
    ...parts,
  };
}

function change(kind: Change['kind'], path: string, parts: { before?: State; after?: State }): Change {
  return { kind, component: 'app', path, livePath: path === '' ? '/srv' : `/srv/${path}`, ...parts };
}

const describe = (given: Change) => describeChange(given, createStyle(false));
const EARLIER = '2026-01-31T22:05:08.000000000Z';

test('a letter says what kind of change it is, and brackets what differs', () => {
  const lines = [
    change('added', 'a', { after: state() }),
    change('removed', 'b', { before: state({ type: 'directory' }) }),
    change('modified', 'c', {
      before: state({ modified: EARLIER }),
      after: state({ sizeBytes: 341, mode: 0o4755 }),
    }),
    change('type', 'd', { before: state(), after: state({ type: 'fifo' }) }),
    change('attributes', 'e', {
      before: state(),
      after: state({ mode: 0o600, groupId: 42, group: 'shadow' }),
    }),
    change('modified', 'f\n', {
      before: state({ type: 'symlink', target: 'x' }),
      after: state({ type: 'symlink', target: 'y' }),
    }),
  ];
  expect(lines.map(describe)).toEqual([
    'A  /srv/a',
    'D  /srv/b/',
    'M  /srv/c  (220 B→341 B, mode 0644→4755)',
    'T  /srv/d  (file→fifo)',
    'm  /srv/e  (mode 0644→0600, owner root:root→root:shadow)',
    'M  "/srv/f\\n"  (target x→y)',
  ]);
  expect(statusLine(lines[4])).toBe('m\t/srv/e');
});

test('owners of equal names, and times of equal seconds, are told apart', () => {
  const owners = change('attributes', 'a', { before: state(), after: state({ userId: 7 }) });
  expect(describe(owners)).toBe('m  /srv/a  (owner 0:0→7:0)');
  const later = '2026-01-31T22:05:09.000000001Z';
  const times = change('attributes', 'a', { before: state(), after: state({ modified: later }) });
  expect(describe(times)).toBe(`m  /srv/a  (modified ${state().modified}→${later})`);
});

test('extended attributes, links and devices are named', () => {
  const before = state({ xattrs: { 'user.a': 'MQ==', 'user.b': 'MQ==' }, device: { major: 1, minor: 3 } });
  const after = state({
    xattrs: { 'user.a': 'Mg==', 'user.b': 'MQ==', 'user.c': '' },
    link: 'other',
    device: { major: 1, minor: 5 },
  });
  const given = change('attributes', 'a', { before, after });
  expect(differencesOf(given)).toEqual(['xattrs', 'link', 'device']);
  expect(describe(given)).toBe('m  /srv/a  (xattrs added user.c, xattrs changed user.a, link, device)');
});

const DIRECTORY = {
  before: state({ type: 'directory', modified: EARLIER }),
  after: state({ type: 'directory' }),
};

test('the time of a directory is left out where something in it differs, and only there', async () => {
  const changes = [
    change('attributes', '', DIRECTORY),
    change('attributes', 'a', DIRECTORY),
    change('added', 'a/x', { after: state() }),
    change('attributes', 'b', DIRECTORY),
    change('attributes', 'bb', DIRECTORY),
  ];
  const left: string[] = [];
  for await (const { path } of withoutImpliedTimes(changes)) left.push(path);
  expect(left).toEqual(['a/x', 'b', 'bb']);
});

test('files are counted, directories apart, and times of directories not at all', () => {
  const counts = new ChangeCounts();
  counts.add(change('attributes', '', DIRECTORY));
  counts.add(change('added', 'lib', { after: state({ type: 'directory' }) }));
  counts.add(change('added', 'lib/a', { after: state({ sizeBytes: 4096 }) }));
  counts.add(change('removed', 'b', { before: state({ sizeBytes: 24 }) }));
  counts.add(change('modified', 'c', { before: state({ modified: EARLIER }), after: state() }));
  counts.add(change('type', 'd', { before: state({ type: 'directory' }), after: state({ sizeBytes: 0 }) }));
  counts.add(change('attributes', 'e', { before: state(), after: state({ mode: 0o600 }) }));
  expect(counts.totals).toEqual({
    ...{
      files: 4,
      added: 1,
      removed: 1,
      modified: 1,
      renamed: 0,
      copied: 0,
      type: 1,
      attributes: 1,
      directories: 1,
      grownBytes: 4072,
    },
  });
  expect(describeTotals(counts.totals)).toBe(
    '4 files changed, 1 modified, 1 added, 1 removed, 1 of another type, 1 with other attributes only, 1 directory, +4.0 KiB',
  );
});
