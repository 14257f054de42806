// `savepoint serve`, as a user starts and ends it.
import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from '../../fixtures/run-command.js';
import { type ServingProgram, startServing } from '../../fixtures/serving-program.js';
import { waitFor } from '../../fixtures/wait-for.js';
import { createWorkspace, type Workspace } from './command-workspace.js';

async function start(
  { store, directory }: Workspace,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ServingProgram> {
  return startServing(['--store', store, 'serve', '--webdav', '--port', '0', ...args], { directory, env });
}

async function curl(...args: string[]): Promise<string> {
  return (await runCommand('curl', ['--silent', '--show-error', ...args])).stdout;
}

test('says where it serves, takes in new points, and ends well when it is told to', async () => {
  const workspace = createWorkspace();
  const { tree, run } = workspace;
  await run(['save', tree, '--name', 'first']);
  const program = await start(workspace, []);
  const url = /^Serving all points at (http:\/\/127\.0\.0\.1:\d+\/)$/.exec(program.firstLine)?.[1];
  expect(url).toBeDefined();
  expect(await curl(`${url}latest/app/app.conf`)).toBe('port = 80\n');
  writeFileSync(join(tree, 'app.conf'), 'port = 8080\n');
  await run(['save', tree, '--name', 'second']);
  expect(await curl(`${url}latest/app/app.conf`)).toBe('port = 8080\n');
  expect(await curl(`${url}by-name/first/app/app.conf`)).toBe('port = 80\n');
  await run(['forget', 'first']);
  expect(await curl(`${url}by-name/first/app/app.conf`)).toBe('Nothing is here.\n');
  program.signal('SIGTERM');
  expect(await program.ended).toEqual({ exitCode: 0, signal: undefined });
  expect(program.stderr()).toBe('');
});

test('serves one point, with JSON of where', async () => {
  const workspace = createWorkspace();
  await workspace.run(['save', workspace.tree, '--name', 'first']);
  const program = await start(workspace, ['first', '--json', '--host', 'localhost'], {
    SAVEPOINT_CREDENTIALS: 'jo:secret',
  });
  const { url, address, port, point } = JSON.parse(program.firstLine);
  expect([url, point]).toEqual([expect.stringContaining(`${port}/`), 'first']);
  expect(['127.0.0.1', '::1']).toContain(address);
  expect(await curl('--globoff', '--user', 'jo:secret', `${url}app/bin/start`)).toBe('run\n');
  expect(await curl('--globoff', `${url}app/bin/start`)).toBe('Say who you are.\n');
  program.signal('SIGINT');
  expect(await program.ended).toMatchObject({ exitCode: 0 });
  expect(program.stdout()).toBe(`${program.firstLine}\n`);
});

test('a client that takes nothing keeps it from ending for a moment only', async () => {
  const workspace = createWorkspace();
  writeFileSync(join(workspace.tree, 'large'), randomBytes(32 << 20));
  await workspace.run(['save', workspace.tree]);
  const program = await start(workspace, ['--json']);
  const { port } = JSON.parse(program.firstLine);
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  let received = 0;
  socket.on('data', (bytes: Buffer) => {
    received += bytes.length;
    socket.pause();
  });
  socket.write('GET /latest/app/large HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await waitFor(() => received > 0, 'the first bytes');
  program.signal('SIGTERM');
  expect(await program.ended).toMatchObject({ exitCode: 0 });
  socket.destroy();
});

test('a request that is under way is answered to its end', async () => {
  const workspace = createWorkspace();
  const content = randomBytes(16 << 20);
  writeFileSync(join(workspace.tree, 'large'), content);
  await workspace.run(['save', workspace.tree]);
  const program = await start(workspace, ['--json']);
  const { port } = JSON.parse(program.firstLine);
  const pieces: Buffer[] = [];
  const socket = connect(port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.on('data', (bytes: Buffer) => {
    if (pieces.length === 0) program.signal('SIGTERM');
    pieces.push(bytes);
  });
  socket.write('GET /latest/app/large HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await closed;
  expect(Buffer.compare(Buffer.concat(pieces).subarray(-content.length), content)).toBe(0);
  expect(await program.ended).toMatchObject({ exitCode: 0 });
});

test('says on stderr what it can not read, and goes on', async () => {
  const workspace = createWorkspace();
  await workspace.run(['save', workspace.tree, '--name', 'first']);
  const packs = join(workspace.store, 'packs');
  const before = readdirSync(packs);
  writeFileSync(join(workspace.tree, 'app.conf'), randomBytes(100_000));
  await workspace.run(['save', workspace.tree, '--name', 'second']);
  for (const pack of readdirSync(packs)) if (!before.includes(pack)) rmSync(join(packs, pack));
  const program = await start(workspace, ['--json']);
  const { url } = JSON.parse(program.firstLine);
  expect(await curl(`${url}by-name/second/app/app.conf`)).toMatch(/^PACK_MISSING: /);
  expect(await curl(`${url}by-name/first/app/app.conf`)).toBe('port = 80\n');
  await waitFor(() => program.stderr() !== '', 'the message');
  expect(program.stderr()).toContain('/by-name/second/app/app.conf');
});

test('what can not be served is refused, with what to do', async () => {
  const { run, tree } = createWorkspace();
  await run(['save', tree, '--name', 'first']);
  const refused = async (args: readonly string[], exitCode: number, message: string) =>
    expect(await run(['serve', ...args]), message).toMatchObject({
      ...{ exitCode, stderr: expect.stringContaining(message) },
    });
  await refused([], 2, "Say how to serve: '--webdav'");
  await refused(['--webdav', '--port', '70000'], 2, "'70000' is no port");
  await refused(['--webdav', '--host', '0.0.0.0'], 2, '--allow-remote');
  await refused(['--webdav', '--credentials', 'nothing'], 3, 'There is no file');
  await refused(['--webdav', '--port', '0', 'frist'], 3, 'Did you mean first?');
});

test('a port that another program has is a conflict', async () => {
  const workspace = createWorkspace();
  await workspace.run(['save', workspace.tree]);
  const program = await start(workspace, ['--json']);
  const { port } = JSON.parse(program.firstLine);
  const second = await workspace.run(['serve', '--webdav', '--port', String(port)]);
  expect(second).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('choose another port') });
});
