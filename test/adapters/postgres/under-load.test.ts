// A PostgreSQL database that others go on writing to while it is captured, damaged and rolled back.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../fixtures/postgres-server.js';
import { runCommand } from '../../fixtures/run-command.js';
import { waitFor } from '../../fixtures/wait-for.js';
import { databaseScene, leftovers } from './database-scene.js';

const MOST_MS = 120_000;
let server: PostgresServer;
beforeAll(() => {
  server = startPostgres();
}, MOST_MS);
afterAll(() => server.close());

/** Of TPC-B: each transaction adds the same amount to an account, a teller, a branch and the history. */
const SUMS = `
SELECT (SELECT coalesce(sum(abalance), 0) FROM pgbench_accounts) = (SELECT coalesce(sum(bbalance), 0) FROM pgbench_branches)
 AND (SELECT coalesce(sum(bbalance), 0) FROM pgbench_branches) = (SELECT coalesce(sum(tbalance), 0) FROM pgbench_tellers)
 AND (SELECT coalesce(sum(tbalance), 0) FROM pgbench_tellers) = (SELECT coalesce(sum(delta), 0) FROM pgbench_history)`;

/** Transactions all the time; whoever is cut off comes again. */
function startLoad(url: string) {
  let isOver = false;
  const ended = runCommand(
    'sh',
    ['-c', `while :; do '${server.program('pgbench')}' -n -c 2 -T 1 '${url}' >/dev/null 2>&1; done`],
    { kill: { when: () => isOver }, timeoutMs: MOST_MS },
  );
  return async () => {
    isOver = true;
    await ended;
    await waitFor(
      () =>
        server.query(
          'postgres',
          "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgbench'",
        ) === '0',
      'the end of the load',
    );
  };
}

it(
  'a database in use goes back to the instant of its capture, and its sums agree',
  async () => {
    server.query('postgres', 'CREATE DATABASE bench');
    const url = server.url('bench');
    await runCommand(server.program('pgbench'), ['-i', '-q', '-s', '1', url]);
    const { done, run } = databaseScene({ url, drain: '1s' });
    const stop = startLoad(url);
    await waitFor(
      () => server.query('bench', 'SELECT count(*) > 50 FROM pgbench_history') === 't',
      'some load',
    );
    await done('save', '--name', 'first');
    const rows = server.query('bench', 'SELECT count(*) FROM pgbench_history');
    await waitFor(
      () => server.query('bench', `SELECT count(*) > ${rows} + 50 FROM pgbench_history`) === 't',
      'more load',
    );
    server.query('bench', 'UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid % 3 = 0');
    expect(server.query('bench', SUMS)).toBe('f');
    const plan = await run(['rollback', 'first', '--with-data', '--dry-run']);
    expect(plan.stdout).toMatch(/replace database bench \(4 tables, \d+ rows\)/);
    expect(plan.stderr).toMatch(
      /database bench loses what was written since .*: at most \d+ transactions of the whole server, \d+ rows/,
    );
    const back = await run(['rollback', 'first', '--with-data', '--yes']);
    expect(back.stderr).toMatch(
      /\d+ rows were written in database bench between its safety point and its exchange/,
    );
    expect(server.query('bench', SUMS)).toBe('t');
    await stop();
    expect(server.query('bench', SUMS)).toBe('t');
    // What was written behind the safety point is kept for people, and is whole, too: the damage is in it.
    const kept = leftovers(server);
    server.query('postgres', `ALTER DATABASE ${kept} ALLOW_CONNECTIONS true`);
    expect(server.query(kept, SUMS)).toBe('f');
    expect(Number(server.query(kept, 'SELECT count(*) FROM pgbench_history'))).toBeGreaterThan(Number(rows));
  },
  MOST_MS,
);
