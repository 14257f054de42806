// Crashes while tables are exchanged: of the process at each of its sessions with the server, and of the server.
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { mariadbAdapter } from '#adapters/mariadb/mariadb-adapter.js';
import { type AdapterAttempt, beginAttempt } from '../../fixtures/adapter-attempt.js';
import { captureState, type DrivenState } from '../../fixtures/drive-adapter.js';
import { type MariadbServer, startMariadb } from '../../fixtures/mariadb-server.js';
import { runToEnd, type ToolEnd } from '../../fixtures/run-tool.js';

const SCRIPT = fileURLToPath(new URL('./apply-once.mjs', import.meta.url));

let server: MariadbServer;
beforeAll(async () => {
  server = await startMariadb();
});
beforeEach(() => void server.query(SCENE));
afterAll(() => server.close());

const SCENE = `DROP DATABASE IF EXISTS app; CREATE DATABASE app; USE app;
CREATE TABLE first (id INT PRIMARY KEY, text VARCHAR(9)); INSERT INTO first VALUES (1, 'old');
CREATE TABLE second (id INT PRIMARY KEY, first INT, text VARCHAR(9), FOREIGN KEY (first) REFERENCES first (id));
INSERT INTO second VALUES (1, 1, 'old');
CREATE TABLE seen (id INT AUTO_INCREMENT PRIMARY KEY, text VARCHAR(9)); INSERT INTO seen (text) VALUES ('old');
CREATE TRIGGER sees AFTER INSERT ON second FOR EACH ROW INSERT INTO seen (text) VALUES ('seen');
CREATE VIEW both_of_them AS SELECT first.text FROM first JOIN second ON second.first = first.id;
CREATE PROCEDURE speak() SELECT 'old';`;

const TRIGGERS = 'SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE FROM information_schema.TRIGGERS';
const TABLES = ['first', 'second', 'seen'];

/** A client that at its `at`-th start kills who starts it, and does nothing. */
function killingPrograms(at: number): string {
  const directory = mkdtempSync(join(server.directory, 'programs-'));
  const count = join(directory, 'count');
  writeFileSync(count, '');
  const lines = [
    '#!/bin/sh',
    `printf x >> ${count}`,
    `[ $(wc -c < ${count}) -eq ${at} ] && kill -9 $PPID && exit 1`,
  ];
  writeFileSync(join(directory, 'mariadb'), [...lines, 'exec /usr/bin/mariadb "$@"', ''].join('\n'));
  chmodSync(join(directory, 'mariadb'), 0o755);
  return directory;
}

function applyUntilKilled({ prepared, context }: AdapterAttempt, at: number): ToolEnd {
  const directory = killingPrograms(at);
  const file = join(directory, 'prepared.json');
  const settings = { ...context.settings, programs: directory };
  writeFileSync(file, JSON.stringify({ prepared, context: { ...context, settings } }));
  return runToEnd(process.execPath, [SCRIPT, file]);
}

async function begin(point: DrivenState, attempt: string): Promise<AdapterAttempt> {
  server.query(
    `UPDATE first SET text = 'new'; UPDATE second SET text = 'new'; UPDATE seen SET text = 'new';
    CREATE OR REPLACE PROCEDURE speak() SELECT 'new'; CREATE TABLE IF NOT EXISTS added (id INT);`,
    'app',
  );
  return beginAttempt(mariadbAdapter, { settings: { url: server.url('app') }, to: point, attempt });
}

function texts(): string[] {
  return TABLES.map((table) => server.query(`SELECT GROUP_CONCAT(text) FROM ${table}`, 'app'));
}

function expectOldState(): void {
  expect(texts()).toEqual(['old', 'old', 'old']);
  expect(server.query('CALL speak(); SELECT text FROM both_of_them; SHOW TABLES', 'app').split('\n')).toEqual(
    [...['old', 'old', 'both_of_them', 'first', 'second', 'seen']],
  );
  server.query("START TRANSACTION; INSERT INTO second VALUES (2, 1, 'x'); ROLLBACK;", 'app');
  expect(server.query('SELECT TRIGGER_NAME FROM information_schema.TRIGGERS')).toBe('sees');
}

test('a process that is killed at any of its sessions leaves every table old or new, and is carried on', async () => {
  const point = await captureState(mariadbAdapter, { settings: { url: server.url('app') } });
  const outcomes: string[][] = [];
  for (let at = 1; ; at++) {
    const attempt = await begin(point, `crash-${at}`);
    const { signal } = applyUntilKilled(attempt, at);
    const found = texts();
    outcomes.push(found);
    // All old, or all new: never one of each.
    expect(new Set(found).size, found.join()).toBe(1);
    // No table of the point is ever in use without its triggers.
    if (found[0] === 'old') expect(server.query(TRIGGERS)).toBe('sees\tsecond');
    expect([await attempt.apply(), await attempt.verify()]).toEqual([[], []]);
    expectOldState();
    await attempt.discard();
    expect(server.query("SHOW DATABASES LIKE 'savepoint%'")).toBe('');
    if (signal === undefined) break;
  }
  // It was killed before the exchange and behind it.
  expect(outcomes.length).toBeGreaterThan(4);
  expect(new Set(outcomes.flat())).toEqual(new Set(['old', 'new']));
});

test('what was exchanged by an attempt that died half-way is taken back by the next one', async () => {
  const point = await captureState(mariadbAdapter, { settings: { url: server.url('app') } });
  for (const at of [2, 3, 4, 5]) {
    const attempt = await begin(point, `taken-${at}`);
    const from = await captureState(mariadbAdapter, { settings: { url: server.url('app') } });
    applyUntilKilled(attempt, at);
    const now = await captureState(mariadbAdapter, { settings: { url: server.url('app') } });
    const back = await beginAttempt(mariadbAdapter, {
      ...{ settings: { url: server.url('app') }, to: from, from: now },
      ...{ attempt: `back-${at}`, takesBack: `taken-${at}` },
    });
    expect([await back.stop(), await back.apply(), await back.verify()]).toEqual([[], [], []]);
    expect(new Set(texts())).toEqual(new Set(['new']));
    expect(server.query('SELECT TRIGGER_NAME FROM information_schema.TRIGGERS')).toBe('sees');
    await back.discard();
    await attempt.discard();
    expect(server.query("SHOW DATABASES LIKE 'savepoint%'")).toBe('');
  }
});

test('a server that is killed after the exchange has all tables where they belong, and the rest is done then', async () => {
  const point = await captureState(mariadbAdapter, { settings: { url: server.url('app') } });
  const attempt = await begin(point, 'server-1');
  applyUntilKilled(attempt, 4);
  await server.kill();
  expect(await attempt.apply()).toMatchObject([{ code: 'STATE_UNREADABLE' }]);
  await server.start();
  expect(new Set(texts()).size).toBe(1);
  expect([await attempt.apply(), await attempt.verify()]).toEqual([[], []]);
  expectOldState();
  await attempt.discard();
});
