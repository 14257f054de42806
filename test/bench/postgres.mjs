// What capturing and restoring a PostgreSQL database of 1 GiB costs beside pg_dump and pg_restore with two jobs, and what later
// captures add to the store. Prints medians; budgets are 1.3 × the peer's time, and 0.1 % and 3 % of growth.
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measure, run } from './process.mjs';
import { report } from './report.mjs';
import { measureSize } from './size.mjs';
import { medianOf } from './summary.mjs';
import { entryPoint } from './tools/savepoint.mjs';

const PROGRAMS = '/usr/lib/postgresql';
const ROWS_OF_A_SCALE = 100_000;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    data: { type: 'string', default: join(tmpdir(), 'savepoint-bench') },
    /** Of pgbench: 15 MiB each. */
    scale: { type: 'string', default: '68' },
  },
});

const version = String(Math.max(...readdirSync(PROGRAMS).map(Number).filter(Number.isInteger)));
const program = (/** @type {string} */ name) => join(PROGRAMS, version, 'bin', name);
mkdirSync(values.data, { recursive: true });
const scratch = mkdtempSync(join(values.data, 'postgres-'));
const [, , user, group] = readFileSync('/etc/passwd', 'utf8').match(/^postgres:([^:]*):(\d+):(\d+):/m) ?? [];
chownSync(scratch, Number(user), Number(group));
const asServer = (/** @type {string[]} */ ...words) => ({
  argv: ['setpriv', `--reuid=${user}`, `--regid=${group}`, '--clear-groups', ...words],
});
const data = join(scratch, 'data');
const url = (/** @type {string} */ database) =>
  `postgres://postgres@/${database}?host=${encodeURIComponent(scratch)}&port=5432`;
const sql = (/** @type {string} */ text, database = 'bench') =>
  run({ argv: [program('psql'), '-XAtq', '-d', url(database), '-c', text] });
/** @param {string[]} argv */
const timed = async (...argv) => (await measure({ argv })).wallSeconds;

await run(
  asServer(program('initdb'), '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'),
);
const options = `-k ${scratch} -p 5432 -c listen_addresses='' -c shared_buffers=512MB -c max_wal_size=4GB`;
await run(asServer(program('pg_ctl'), '-D', data, '-o', options, '-l', join(scratch, 'log'), '-w', 'start'));
try {
  await sql('CREATE DATABASE bench', 'postgres');
  await run({ argv: [program('pgbench'), '-i', '-q', '-s', values.scale, url('bench')] });
  await sql('CHECKPOINT');
  const config = join(scratch, 'savepoint.yaml');
  writeFileSync(config, `components:\n  db: { kind: postgres, url: "${url('bench')}" }\n`);
  const store = join(scratch, 'store');
  const savepoint = (/** @type {string[]} */ ...words) => [
    process.execPath,
    entryPoint,
    '--store',
    store,
    '--config',
    config,
    ...words,
  ];
  const figures = new Map();
  /** @param {string} name @param {number} value */
  const note = (name, value) => {
    figures.set(name, [...(figures.get(name) ?? []), value]);
    report(`${name}: ${value.toFixed(2)}`);
  };
  const rows = Number(values.scale) * ROWS_OF_A_SCALE;
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const dump = join(scratch, 'dump');
    note('pg_dump -Fd -j2, s', await timed(program('pg_dump'), '-Fd', '-j2', '-d', url('bench'), '-f', dump));
    rmSync(store, { recursive: true, force: true });
    note('savepoint save, s', await timed(...savepoint('save', '--name', 'first')));
    const first = measureSize(store).bytes;
    note('stored, MB', first / 1e6);
    note('unchanged save, s', await timed(...savepoint('save', '--name', 'second')));
    const second = measureSize(store).bytes;
    note('growth after none, %', ((second - first) / first) * 100);
    await sql(
      `UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid > ${rows / 2} AND aid <= ${rows / 2 + rows / 100}`,
    );
    note('save after 1 % in a range, s', await timed(...savepoint('save', '--name', 'third')));
    const third = measureSize(store).bytes;
    note('growth after 1 % in a range, %', ((third - second) / first) * 100);
    await sql(`UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid % 100 = ${round}`);
    note('save after 1 % scattered, s', await timed(...savepoint('save', '--name', 'fourth')));
    note('growth after 1 % scattered, %', ((measureSize(store).bytes - third) / first) * 100);
    await sql('CREATE DATABASE restored', 'postgres');
    note('pg_restore -j2, s', await timed(program('pg_restore'), '-j2', '-d', url('restored'), dump));
    await sql('DROP DATABASE restored', 'postgres');
    note(
      'savepoint restore --as, s',
      await timed(...savepoint('restore', 'first', 'db', '--as', 'restored')),
    );
    await sql('DROP DATABASE restored', 'postgres');
    // With its safety point, and what is dropped at its end.
    note(
      'savepoint rollback --with-data, s',
      await timed(...savepoint('rollback', 'first', '--with-data', '--yes')),
    );
    rmSync(dump, { recursive: true });
  }
  for (const [name, samples] of figures)
    process.stdout.write(`${name.padEnd(36)} ${medianOf(samples).toFixed(2)}\n`);
} finally {
  await run(asServer(program('pg_ctl'), '-D', data, '-m', 'immediate', '-w', 'stop'));
  rmSync(scratch, { recursive: true, force: true });
}
