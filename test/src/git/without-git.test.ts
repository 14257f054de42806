// On a host without git: repositories of sha1 are imported all the same, and others name what is missing.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDebianChroot } from '../../fixtures/debian-chroot.js';
import { makeRepository } from '../../fixtures/made-repository.js';
import { createRandom } from '../../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const FIRST = '2024-05-01T10:00:00Z';
const SECOND = '2024-06-01T10:00:00Z';

test('tags of a packed repository become points, and sha256 needs git', async () => {
  const { root, run, savepoint } = createDebianChroot(createTemporaryDirectory({ inMemory: true }));
  expect((await run(['sh', '-c', 'command -v git'])).stdout).toBe('');
  const made = makeRepository();
  made.commit({ a: 'one\n', large: createRandom(1).bytes(2_500_000), 'd/run': { run: 'x' } }, FIRST);
  made.tag('v1', FIRST, 'the first');
  made.commit({ a: 'two\n' }, SECOND);
  made.tag('v2', SECOND);
  made.git('gc', '--quiet');
  made.git('clone', '--quiet', '--bare', '.', join(root, 'srv/app.git'));
  const other = makeRepository({ format: 'sha256' });
  other.commit({ a: 'x' }, FIRST);
  other.git('clone', '--quiet', '--bare', '.', join(root, 'srv/new.git'));
  await savepoint(['init']);
  const imported = await savepoint(['git', 'import', '/srv/app.git']);
  expect(imported).toMatchObject({ exitCode: 0, stderr: '' });
  expect(imported.stdout).toMatch(/^Added point v1, .*\nAdded point v2, /);
  const listed = await savepoint(['restore', 'v2', '--to', '/srv/files']);
  expect(listed.exitCode).toBe(0);
  const content = await run([
    'sh',
    '-c',
    'cat /srv/files/a; stat -c "%n %a %s" /srv/files/large /srv/files/d/run',
  ]);
  expect(content.stdout).toBe('two\n/srv/files/large 644 2500000\n/srv/files/d/run 755 1\n');
  const refused = await savepoint(['git', 'import', '/srv/new.git', '--json']);
  expect(JSON.parse(refused.stdout).error).toMatchObject({ code: 'PROGRAM_MISSING', program: 'git' });
});
