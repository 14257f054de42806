// An application with a PostgreSQL database: an update that breaks its configuration and its schema is taken back by guard, with
// its data where that is asked for.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { databaseScene, leftovers } from '../adapters/postgres/database-scene.js';
import { type PostgresServer, startPostgres } from '../fixtures/postgres-server.js';
import { runCommand } from '../fixtures/run-command.js';

const MOST_MS = 120_000;
let server: PostgresServer;
beforeAll(() => {
  server = startPostgres();
}, MOST_MS);
afterAll(() => server.close());

/** Sums up what its configuration names, as the application does for each page; fails where it can't. */
const APPLICATION = `
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
const { psql, url, table, column } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const sql = \`SELECT sum(\${column}) FROM \${table}\`;
process.stdout.write(execFileSync(psql, ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', url, '-c', sql]));
`;

function application(name: string) {
  server.query('postgres', `CREATE DATABASE ${name}`);
  server.query(
    name,
    'CREATE TABLE accounts (id serial PRIMARY KEY, balance int NOT NULL); INSERT INTO accounts (balance) SELECT i FROM generate_series(1, 1000) i',
  );
  const scene = databaseScene({ url: server.url(name) });
  const [config, program] = [join(scene.directory, 'app.json'), join(scene.directory, 'app.mjs')];
  const settings = {
    psql: server.program('psql'),
    url: server.url(name),
    table: 'accounts',
    column: 'balance',
  };
  writeFileSync(config, JSON.stringify(settings));
  writeFileSync(program, APPLICATION);
  const text = readFileSync(scene.config, 'utf8');
  writeFileSync(scene.config, `${text}  app: { kind: config, paths: [${config}], after: [db] }\n`);
  const psql = `'${server.program('psql')}' -Xq -v ON_ERROR_STOP=1 -d '${server.url(name)}'`;
  return {
    ...{ scene, config },
    /** What the application says. */
    async run(): Promise<string> {
      const { stdout, exitCode } = await runCommand(process.execPath, [program, config]);
      return exitCode === 0 ? stdout.trim() : 'it fails';
    },
    health: `'${process.execPath}' '${program}' '${config}'`,
    update: `${psql} -c 'ALTER TABLE accounts RENAME COLUMN balance TO saldo' -c 'UPDATE accounts SET saldo = saldo + 1' && sed -i s/accounts/konten/ '${config}'`,
  };
}

it(
  'an update that breaks configuration and schema goes back with its data where that is asked for',
  async () => {
    const { scene, run, health, update } = application('guarded');
    expect(await run()).toBe('500500');
    const { exitCode, stderr } = await scene.run(
      ['guard', '--with-data', '--timeout', '6s', '--health', health, '--', 'sh', '-c', update],
      { timeoutMs: MOST_MS },
    );
    expect(exitCode, stderr).toBe(10);
    expect(await run()).toBe('500500');
    expect(server.query('guarded', 'SELECT sum(balance), count(*) FROM accounts')).toBe('500500|1000');
    expect(leftovers(server)).toBe('');
  },
  MOST_MS,
);

it(
  'without that, the data stays, and it is said what that means',
  async () => {
    const { scene, run, config, health, update } = application('unguarded');
    const { exitCode, stderr, stdout } = await scene.run(
      ['guard', '--timeout', '6s', '--health', health, '--', 'sh', '-c', update],
      { timeoutMs: MOST_MS },
    );
    expect(exitCode, stderr).toBe(10);
    expect(readFileSync(config, 'utf8')).toContain('"accounts"');
    expect(await run()).toBe('it fails');
    expect(server.query('unguarded', 'SELECT sum(saldo) FROM accounts')).toBe('501500');
    expect(stderr + stdout).toContain('the data of db stays as it is (--with-data takes it back, too)');
    const plan = await scene.run(['rollback', 'latest', '--with-data', '--dry-run']);
    expect(plan.stdout).toMatch(/replace database unguarded \(1 tables, 1000 rows\); .*definitions.*differ/);
    expect(plan.stderr).toMatch(/loses what was written since .*, \d+ rows written in it/);
  },
  MOST_MS,
);
