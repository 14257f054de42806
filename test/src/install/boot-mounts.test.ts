// Which mounts come too late for recovery at boot.
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  checkBootMounts,
  findMount,
  lateMountPoints,
  nearestReal,
  parseMounts,
} from '#src/install/boot-mounts.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const MOUNTS = parseMounts(`22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:50 / /srv/data rw shared:7 master:2 - nfs4 server:/data rw,vers=4.2
31 22 0:51 / /srv/data/local rw - ext4 /dev/sdb1 rw
32 22 0:52 / /srv/with\\040blank\\134 rw - fuse.sshfs user@host: rw
33 22 8:2 / /srv/twice rw - nfs server:/a rw
34 33 8:3 / /srv/twice rw - xfs /dev/sdc1 rw
`);

test.each([
  ['/srv/data', 'nfs4'],
  ['/srv/data/a/b', 'nfs4'],
  ['/srv/database', undefined],
  ['/srv/data/local/x', 'ext4'],
  ['/srv/with blank\\/x', 'fuse.sshfs'],
  ['/srv/twice/x', 'xfs'],
  ['/', undefined],
])('%s is on %s', (path, type) => {
  expect(findMount(path, MOUNTS)?.type).toBe(type);
});

test('mount points that wait for the network stand in fstab', () => {
  const text =
    '# /c _netdev\nUUID=1 / ext4 defaults 0 1\n/dev/sdb1\t/srv/is\\040csi ext4 noatime,_netdev 0 2\nnone\n';
  expect([...lateMountPoints(text)]).toEqual(['/srv/is csi']);
});

test('of a path that is not there yet, what is there is followed', () => {
  const directory = createTemporaryDirectory();
  symlinkSync('/usr', join(directory, 'link'));
  expect(nearestReal(join(directory, 'link/none/below'))).toBe('/usr/none/below');
  expect(nearestReal(join(directory, 'none'))).toBe(join(directory, 'none'));
  expect(nearestReal('/')).toBe('/');
});

test('a path that is mounted too late is refused, by type or by fstab', () => {
  const check = (path: string) =>
    checkBootMounts(['/', path], { mounts: MOUNTS, late: new Set(['/srv/twice']) });
  const refusal = (mount: string) =>
    expect.objectContaining({ code: 'UNSUPPORTED', fields: expect.objectContaining({ mount }) });
  expect(() => check('/srv/data/app')).toThrow(refusal('/srv/data'));
  expect(() => check('/srv/with blank\\/x')).toThrow(refusal('/srv/with blank\\'));
  expect(() => check('/srv/twice')).toThrow(refusal('/srv/twice'));
  expect(() => check('/srv/data/local/x')).not.toThrow();
  expect(() => check('/var/lib/savepoint')).not.toThrow();
});
