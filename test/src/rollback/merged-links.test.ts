// A file of two names in which a key stays as it is live has it under both.
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSavepoint } from 'savepoint';
import { expect, it, onTestFinished } from 'vitest';
import { parseConfiguration } from '#src/configuration/parse-configuration.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

it.each(['a.json', 'b.json'])('of two names keeps the key that %s is named for', async (named) => {
  const directory = createTemporaryDirectory();
  const app = join(directory, 'app');
  mkdirSync(app);
  const [a, b] = ['a.json', 'b.json'].map((name) => join(app, name));
  writeFileSync(a, '{"main":"one","port":1}');
  linkSync(a, b);
  const components = { app: { kind: 'files', paths: [app], neverRevert: [`${join(app, named)}#port`] } };
  const configuration = parseConfiguration(JSON.stringify({ components }), 'savepoint.yaml');
  const savepoint = await openSavepoint({ store: join(directory, 'store'), create: true });
  onTestFinished(() => savepoint.close());
  await savepoint.saveConfigured(configuration, { name: 'first' });
  rmSync(a);
  rmSync(b);
  for (const path of [a, b]) writeFileSync(path, '{"main":"two","port":2}');
  const result = await savepoint.rollback('first', { configuration });
  expect(result).toMatchObject({ outcome: 'done', problems: [] });
  expect([a, b].map((path) => readFileSync(path, 'utf8'))).toEqual(Array(2).fill('{"main":"one","port":2}'));
  expect(statSync(a).ino).toBe(statSync(b).ino);
});
