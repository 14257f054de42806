// What is in the way of mounting, told before anything is mounted.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findMountObstacle } from '#adapters/fuse/fuse-mount.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

test('nothing is in the way where the device is there', () => {
  expect(findMountObstacle()).toBe(undefined);
});

test('a device that is not there is named, with what to do', () => {
  const device = join(createTemporaryDirectory(), 'fuse');
  expect(findMountObstacle(device)).toContain(`${device} can't be opened (ENOENT)`);
});
