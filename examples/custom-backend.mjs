// A store in a storage backend of one's own: everything that is not about other processes works on it as on any store.
// Run as `node examples/custom-backend.mjs`.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSavepointError, openSavepoint } from 'savepoint';
import { createEncryptedBackend } from './encrypted-backend.mjs';

const directory = mkdtempSync(join(tmpdir(), 'custom-backend-'));
const [project, storage] = ['project', 'storage'].map((name) => join(directory, name));
const key = randomBytes(32);
/** @param {Buffer} key @param {boolean} [create] */
const open = (key, create = false) =>
  openSavepoint({ backend: createEncryptedBackend(storage, key), create });

try {
  mkdirSync(project);
  writeFileSync(join(project, 'plan'), 'top secret\n');
  let savepoint = await open(key, true);
  await savepoint.save([project], { name: 'first' });
  writeFileSync(join(project, 'plan'), 'not so secret\n');
  await savepoint.save([project], { name: 'second' });
  await savepoint.close();

  const stored = readdirSync(storage).map((name) => readFileSync(join(storage, name)));
  console.log(
    `${stored.length} files, of which ${stored.filter((each) => each.includes('secret')).length} can be read`,
  );

  savepoint = await open(key);
  for await (const { kind, path } of savepoint.diff({ before: 'first', after: 'second' })) {
    if (path !== '') console.log(`${kind} ${path}`);
  }
  const { outcome } = await savepoint.rollback('first');
  console.log(`rolled back: ${outcome}, ${readFileSync(join(project, 'plan'), 'utf8').trim()}`);
  const { problems } = await savepoint.verify({ data: true });
  console.log(`problems: ${problems.length}`);
  await savepoint.close();

  await open(randomBytes(32)).catch((error) => {
    if (!isSavepointError(error)) throw error;
    console.log(`with another key: ${error.code}`);
  });
} finally {
  rmSync(directory, { recursive: true, force: true });
}
