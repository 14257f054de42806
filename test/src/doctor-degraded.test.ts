// What `doctor` says where the C library is out of reach; in a file of its own, as that is decided once a thread.
import { expect, test } from 'vitest';
import { findPosixLibrary } from '#adapters/node/posix-library.js';
import { examine } from '#src/doctor.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';

test('a machine without POSIX calls is degraded, and says what it lacks and why', async () => {
  findPosixLibrary(() => {
    throw new Error('no koffi here');
  });
  const { ok, checks } = await examine({ store: createTemporaryDirectory() });
  expect(ok).toBe('degraded');
  const found = new Map(checks.map((check) => [check.name, check]));
  expect(found.get('posix')).toMatchObject({
    ok: 'degraded',
    detail: expect.stringContaining('no koffi here'),
  });
  for (const name of ['attributes', 'access-control']) {
    expect(found.get(name)).toMatchObject({
      ok: 'degraded',
      detail: expect.stringContaining('no koffi here'),
    });
  }
});
