// Where no file can be put, that is said as what it is.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDurableFile } from '#adapters/backends/durable-file.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const NOBODY = 65534;

test('a path that may not be looked at is refused with its reason', () => {
  const directory = join(createTemporaryDirectory(), 'private');
  mkdirSync(directory, { mode: 0o700 });
  const path = join(directory, 'file');
  process.seteuid?.(NOBODY);
  try {
    const expected = { code: 'STORE_READ_ONLY', fields: expect.objectContaining({ path, system: 'EACCES' }) };
    expect(() => createDurableFile(path)).toThrow(expect.objectContaining(expected));
  } finally {
    process.seteuid?.(0);
  }
});
