// `savepoint git push` and `git fetch` as a user runs them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PASSWORD, startGitServer, USERNAME } from '../../fixtures/git-server.js';
import { createWorkspace } from './command-workspace.js';

test('points go to a server and come back from it; the password comes from a file, or the environment', async () => {
  const server = await startGitServer();
  server.createRepository('host.git');
  const url = server.url('host.git');
  const { directory, tree, run } = createWorkspace();
  const file = join(directory, 'password');
  writeFileSync(file, `${PASSWORD}\n`);
  await run(['save', tree, '--name', 'first']);
  const pushed = await run(['git', 'push', url, '--username', USERNAME, '--password-file', file]);
  expect(pushed).toMatchObject({ exitCode: 0, stderr: '' });
  expect(pushed.stdout).toMatch(
    /^Pushed point first, tag id [0-9a-f]{12}\nThe branch points is at [0-9a-f]{12}\n$/,
  );
  const env = { SAVEPOINT_GIT_PASSWORD: PASSWORD };
  const again = await run(['git', 'push', url, '--username', USERNAME], { env });
  expect(again.stdout).toBe(`${url} has 1 point already\n`);
  const other = createWorkspace();
  await other.run(['init']);
  const fetched = await other.run(['git', 'fetch', url, '--username', USERNAME], { env });
  expect(fetched.stdout).toMatch(/^Added point first, id [0-9a-f]{12}\nNew \d+ objects, stored in .*\n$/);
});

test('a wrong password is named nowhere, and neither is one in the address', async () => {
  const server = await startGitServer();
  server.createRepository('host.git');
  const { tree, run } = createWorkspace();
  await run(['save', tree, '--name', 'first']);
  for (const command of ['push', 'fetch']) {
    const refused = await run(['git', command, server.url('host.git', `${USERNAME}:wr0ng`)]);
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toContain(`${server.url('host.git')} refuses access`);
    expect(refused.stderr).not.toContain('wr0ng');
  }
  const odd = await run(['git', 'push', `ftp://${USERNAME}:wr0ng@example.org/x`]);
  expect(odd).toMatchObject({ exitCode: 2, stderr: expect.not.stringContaining('wr0ng') });
});
