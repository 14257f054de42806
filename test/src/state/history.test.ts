// The transaction log of a component, and whether what is in a point is of one instant.
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HistoryEntry } from '#src/index.js';
import { databaseScene, makeDatabase } from '../../adapters/postgres/database-scene.js';
import { type PostgresServer, startPostgres } from '../../fixtures/postgres-server.js';

const MOST_MS = 60_000;
let server: PostgresServer;
beforeAll(() => {
  server = startPostgres();
}, MOST_MS);
afterAll(() => server.close());

it(
  'tells what was captured of a component, at which position and by which operation, and what was put back',
  async () => {
    const { done, run } = databaseScene({ url: makeDatabase(server, 'told') });
    await done('save', '--name', 'first');
    server.query('told', 'DELETE FROM items WHERE id = 1');
    await done('rollback', 'first', '--with-data', '--yes');
    await done('restore', 'first', 'db:items');
    await done('undo');
    const { history } = JSON.parse(await done('--json', 'log', '--component', 'db')) as {
      history: HistoryEntry[];
    };
    expect(history.map(({ did, outcome = '' }) => `${did} ${outcome}`.trim())).toEqual([
      ...['captured', 'captured', 'rollback done', 'restore done', 'captured', 'undo done'],
    ]);
    const { operations } = JSON.parse(await done('--json', 'log')) as {
      operations: { id: string; kind: string }[];
    };
    const kindOf = (id: string | undefined) => operations.find((each) => each.id === id)?.kind;
    expect(history.map(({ operation }) => kindOf(operation))).toEqual([
      ...['save', 'rollback', 'rollback', 'restore', 'undo', 'undo'],
    ]);
    const [first, safety, , , again] = history;
    expect(first?.instants?.[0]).toMatchObject({ object: 'database told' });
    expect(first?.instants?.[0]?.position).toMatch(
      /^LSN [0-9A-F]+\/[0-9A-F]+, transaction \d+, restore point 'savepoint db .*'$/,
    );
    expect(safety?.state).not.toBe(first?.state);
    expect(Date.parse(again?.instants?.[0]?.at ?? '')).toBeGreaterThan(
      Date.parse(safety?.instants?.[0]?.at ?? ''),
    );
    expect(await done('log', '--component', 'db')).toMatch(
      /captured\s+first\s+[0-9a-f]+\s+[0-9a-f]+\s+-\s+database told: LSN/,
    );
    const unknown = await run(['log', '--component', 'dc']);
    expect(unknown.exitCode).toBe(3);
    expect(unknown.stderr).toContain('Did you mean db?');
  },
  MOST_MS,
);

it(
  'a point says whether files and the database that they need are of one instant, and else by how much not',
  async () => {
    const scene = databaseScene({ url: makeDatabase(server, 'agreed') });
    const file = join(scene.directory, 'app.conf');
    writeFileSync(file, 'settled');
    const old = new Date(Date.now() - 60_000);
    utimesSync(file, old, old);
    utimesSync(scene.directory, old, old);
    const text = readFileSync(scene.config, 'utf8');
    writeFileSync(scene.config, `${text}  app: { kind: config, paths: [${file}], after: [db] }\n`);
    await scene.done('save', '--name', 'first');
    const settled = JSON.parse(await scene.done('--json', 'show', 'first'));
    expect(settled.agreements).toEqual([
      { component: 'app', data: 'db', seconds: expect.any(Number), changedFiles: 0 },
    ]);
    expect(settled.agreements[0].seconds).toBeLessThan(10);
    const later = new Date(Date.now() + 3_600_000);
    utimesSync(file, later, later);
    await scene.done('save', '--name', 'second');
    const [changed] = JSON.parse(await scene.done('--json', 'show', 'second')).agreements;
    expect(changed).toMatchObject({ component: 'app', data: 'db', changedFiles: 1 });
    expect(changed.seconds).toBeGreaterThan(0);
    expect(await scene.done('show', 'second')).toMatch(
      /app and db may be .* apart; 1 file changed after that of db/,
    );
  },
  MOST_MS,
);
