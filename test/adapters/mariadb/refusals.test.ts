// What a capture and a rollback say where the server does not let them: with codes, and without what is secret.

import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mariadbAdapter } from '#adapters/mariadb/mariadb-adapter.js';
import { beginAttempt } from '../../fixtures/adapter-attempt.js';
import { captureState } from '../../fixtures/drive-adapter.js';
import { type MariadbServer, startMariadb } from '../../fixtures/mariadb-server.js';
import { runToEnd, runTool } from '../../fixtures/run-tool.js';
import { waitFor } from '../../fixtures/wait-for.js';

const SECRET = "it's a secret";
const RIGHTS = 'SHOW VIEW, TRIGGER, EVENT, EXECUTE, LOCK TABLES';

let server: MariadbServer;
beforeAll(async () => {
  server = await startMariadb();
  server.query(`CREATE DATABASE app; USE app; CREATE TABLE open (id INT PRIMARY KEY); INSERT INTO open VALUES (1);
    CREATE TABLE closed (id INT PRIMARY KEY); CREATE TABLE old_style (id INT) ENGINE=MyISAM;
    CREATE USER reader IDENTIFIED BY '${SECRET.replaceAll("'", "''")}'; GRANT SELECT ON app.open TO reader;`);
});
afterAll(() => server.close());

/** Runs client statements that hold something, until it is over. */
async function holding(sql: string) {
  const [program, ...args] = server.client('app');
  const client = spawn(program, [...args, '-n'], { stdio: ['pipe', 'pipe', 'ignore'] });
  let said = '';
  client.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
  client.stdin.write(`${sql}; SELECT 'held';\n`);
  await waitFor(() => said.includes('held'), 'the lock');
  return () => void client.kill();
}

function passwordFile(text: string): string {
  const file = join(mkdtempSync(join(server.directory, 'password-')), 'password');
  writeFileSync(file, `${text}\n`);
  chmodSync(file, 0o600);
  return file;
}

test('an address with a password in it is refused without naming it', async () => {
  for (const url of [
    'mariadb://root:hidden@localhost/app',
    'mysql://root@localhost/app?password=hidden',
    'mariadb://root:hid@den@localhost/app',
  ]) {
    const error = await captureState(mariadbAdapter, { settings: { url } }).catch((each: unknown) => each);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(String(error)).not.toContain('hid');
  }
});

test('a password comes from its file; a wrong one is refused and never printed', async () => {
  const url = server.url('app', 'reader');
  server.query(`GRANT SELECT, ${RIGHTS} ON app.* TO reader`);
  const right = { url, users: false, passwordFile: passwordFile(SECRET) };
  const { documents } = await captureState(mariadbAdapter, { settings: right });
  expect([...documents.values()].join('\n')).not.toContain(SECRET);
  const wrong = { ...right, passwordFile: passwordFile('something else') };
  const error = await captureState(mariadbAdapter, { settings: wrong }).catch((each: unknown) => each);
  expect(error).toMatchObject({ code: 'PERMISSION_DENIED', fields: { number: 1045 } });
  expect(JSON.stringify(error) + String(error)).not.toContain('something else');
  expect((await mariadbAdapter.health?.({ component: 'it', settings: wrong }))?.level).toBe('critical');
  server.query('REVOKE SELECT ON app.* FROM reader');
});

test('a table that may not be read is named, and so is a right without which tables might not even be seen', async () => {
  const settings = { url: server.url('app', 'reader'), users: false, passwordFile: passwordFile(SECRET) };
  await expect(captureState(mariadbAdapter, { settings })).rejects.toMatchObject({
    ...{ code: 'PERMISSION_DENIED', message: expect.stringContaining('closed') as unknown },
  });
  server.query('REVOKE TRIGGER ON app.* FROM reader');
  await expect(captureState(mariadbAdapter, { settings })).rejects.toMatchObject({
    ...{ code: 'PERMISSION_DENIED', fields: { missing: ['TRIGGER'] } },
  });
});

test('accounts that may not be read are said to be, and can be left out', async () => {
  server.query(`GRANT SELECT, ${RIGHTS} ON app.* TO reader`);
  const settings = { url: server.url('app', 'reader'), passwordFile: passwordFile(SECRET) };
  await expect(captureState(mariadbAdapter, { settings })).rejects.toMatchObject({
    ...{ code: 'PERMISSION_DENIED', message: expect.stringContaining('users: false') as unknown },
  });
  expect((await captureState(mariadbAdapter, { settings: { ...settings, users: false } })).problems).toEqual(
    [],
  );
  server.query('REVOKE LOCK TABLES ON app.* FROM reader');
  const unlocked = await captureState(mariadbAdapter, { settings: { ...settings, users: false } });
  expect(unlocked.problems).toMatchObject([{ object: 'table app.old_style', code: 'PERMISSION_DENIED' }]);
});

test('a table that another session has locked is waited for, and then said to be busy', async () => {
  const release = await holding('LOCK TABLES open WRITE');
  const settings = { url: server.url('app'), drain: '1s' };
  await expect(captureState(mariadbAdapter, { settings })).rejects.toMatchObject({ code: 'STATE_BUSY' });
  release();
  expect((await captureState(mariadbAdapter, { settings })).problems).toEqual([]);
});

test('a database that is not there, and a server that is not there, are told', async () => {
  await expect(captureState(mariadbAdapter, { settings: { url: server.url('none') } })).rejects.toMatchObject(
    {
      ...{ code: 'STATE_UNREADABLE', fields: { database: 'none' } },
    },
  );
  const url = 'mariadb://root@localhost/app?socket=/nowhere/socket';
  await expect(captureState(mariadbAdapter, { settings: { url } })).rejects.toMatchObject({
    code: 'STATE_UNREADABLE',
  });
  const health = await mariadbAdapter.health?.({ component: 'it', settings: { url } });
  expect(health).toMatchObject({ level: 'critical', problems: [{ code: 'STATE_UNREADABLE' }] });
  const settings = { url: server.url('app'), programs: '/nowhere' };
  await expect(captureState(mariadbAdapter, { settings })).rejects.toMatchObject({ code: 'PROGRAM_MISSING' });
});

test('a connection that is cut in the middle fails the capture, and leaves no session behind', async () => {
  server.query(`CREATE DATABASE large; USE large; CREATE TABLE many (id INT PRIMARY KEY, text VARCHAR(300));
    INSERT INTO many SELECT seq, REPEAT('x', 200) FROM seq_1_to_50000`);
  const scratch = mkdtempSync(join(tmpdir(), 'savepoint-'));
  const captured = mariadbAdapter.capture({
    ...{ component: 'it', settings: { url: server.url('large') }, previous: async () => undefined },
    ...{ scratch: () => scratch, report: () => {} },
  });
  const reading = async () => {
    let isCut = false;
    for await (const { path } of captured) {
      if (isCut || !path.includes('/rows/')) continue;
      isCut = true;
      for (const id of sessions()) server.query(`KILL CONNECTION ${id}`);
    }
  };
  await expect(reading()).rejects.toMatchObject({ code: 'STATE_UNREADABLE' });
  await waitFor(() => sessions().length === 0, 'no session to be left');
  rmSync(scratch, { recursive: true });
});

function sessions(): string[] {
  return server
    .query("SELECT ID FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND USER = 'root'")
    .split('\n')
    .filter((id) => id !== '');
}

test('of two rollbacks of one database at once, the second is locked out and leaves nothing', async () => {
  const settings = { url: server.url('app') };
  const point = await captureState(mariadbAdapter, { settings });
  server.query('INSERT INTO open VALUES (2)', 'app');
  const first = await beginAttempt(mariadbAdapter, { settings, to: point, attempt: 'first-1' });
  await expect(
    beginAttempt(mariadbAdapter, { settings, to: point, attempt: 'second-1' }),
  ).rejects.toMatchObject({
    code: 'LOCKED',
  });
  expect(server.query("SHOW DATABASES LIKE 'savepoint%'").split('\n')).toHaveLength(1);
  expect([await first.stop(), await first.apply(), await first.verify()]).toEqual([[], [], []]);
  await first.discard();
  expect(server.query('SELECT COUNT(*) FROM open', 'app')).toBe('1');
});

test('an account that may not see who is in the way is refused before anything is decided', async () => {
  server.query(
    `CREATE USER owner IDENTIFIED BY ''; GRANT ALL ON app.* TO owner; GRANT ALL ON \`savepoint\\_%\`.* TO owner`,
  );
  const settings = { url: server.url('app', 'owner'), users: false, drain: '300ms' };
  const point = await captureState(mariadbAdapter, { settings });
  server.query('INSERT INTO open VALUES (2)', 'app');
  await expect(
    beginAttempt(mariadbAdapter, { settings, to: point, attempt: 'owner-1' }),
  ).rejects.toMatchObject({
    ...{ code: 'PERMISSION_DENIED', fields: { object: 'database app' } },
  });
  server.query('GRANT PROCESS ON *.* TO owner');
  const attempt = await beginAttempt(mariadbAdapter, { settings, to: point, attempt: 'owner-2' });
  // Nor can it end others' sessions: what these hold is left to them, and told.
  const release = await holding('START TRANSACTION; UPDATE closed SET id = id; SELECT * FROM open');
  expect(await attempt.stop()).toMatchObject([{ object: 'database app', code: 'STATE_BUSY' }]);
  expect(await attempt.apply()).toMatchObject([{ object: 'database app', code: 'STATE_BUSY' }]);
  expect(server.query('SELECT COUNT(*) FROM open', 'app')).toBe('2');
  release();
  await waitFor(() => sessions().length === 0, 'the session to be gone');
  expect([await attempt.stop(), await attempt.apply(), await attempt.verify()]).toEqual([[], [], []]);
  await attempt.discard();
});

test('a foreign key from another database is named before anything is done', async () => {
  const settings = { url: server.url('app') };
  const point = await captureState(mariadbAdapter, { settings });
  server.query(`INSERT INTO app.open VALUES (2); CREATE DATABASE other;
    CREATE TABLE other.refers (id INT PRIMARY KEY, CONSTRAINT outside FOREIGN KEY (id) REFERENCES app.open (id))`);
  await expect(
    beginAttempt(mariadbAdapter, { settings, to: point, attempt: 'outside-1' }),
  ).rejects.toMatchObject({
    ...{ code: 'UNSUPPORTED', fields: { constraint: 'outside' } },
  });
  server.query('DROP DATABASE other');
});

test.skipIf(process.getuid?.() !== 0)(
  'a disk that is full while a database is made leaves the one in use as it is',
  async () => {
    const place = mkdtempSync(join(tmpdir(), 'savepoint-small-'));
    const mounted = runToEnd('mount', ['-t', 'tmpfs', '-o', 'size=72m,mode=755', 'tmpfs', place]);
    expect(mounted.exitCode, mounted.stderr).toBe(0);
    const small = await startMariadb(
      ['--innodb-log-file-size=4M', '--innodb-temp-data-file-path=ibtmp1:4M:autoextend'],
      place,
    );
    try {
      small.query(`CREATE DATABASE app; USE app; CREATE TABLE many (id INT PRIMARY KEY, text VARCHAR(900));
      INSERT INTO many SELECT seq, REPEAT('x', 800) FROM seq_1_to_8000`);
      const settings = { url: small.url('app') };
      const point = await captureState(mariadbAdapter, { settings });
      small.query('DELETE FROM many WHERE id = 1', 'app');
      const free = Number(runTool('df', ['--output=avail', '-k', place]).toString().split('\n')[1]);
      runTool('dd', [
        'if=/dev/zero',
        `of=${join(place, 'filler')}`,
        'bs=1k',
        `count=${Math.max(0, free - 5000)}`,
        'status=none',
      ]);
      await expect(
        beginAttempt(mariadbAdapter, { settings, to: point, attempt: 'full-1' }),
      ).rejects.toMatchObject({
        code: 'STORAGE_FULL',
      });
      rmSync(join(place, 'filler'));
      expect(small.query("SELECT COUNT(*) FROM many; SHOW DATABASES LIKE 'savepoint%'", 'app')).toBe('7999');
    } finally {
      await small.close();
      runTool('umount', [place]);
      rmSync(place, { recursive: true });
    }
  },
);
