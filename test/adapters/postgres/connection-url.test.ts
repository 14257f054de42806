// Addresses of PostgreSQL servers: which database they name, and that they hold no password.
import { expect, it } from 'vitest';
import { parseConnectionUrl, withDatabase } from '#adapters/postgres/connection-url.js';

it.each([
  ['postgres:///app', 'app', 'postgres:///other%2Fone'],
  [
    'postgresql://me@host:5433/app?sslmode=require',
    'app',
    'postgresql://me@host:5433/other%2Fone?sslmode=require',
  ],
  ['postgres://one:5432,two:5433/app', 'app', 'postgres://one:5432,two:5433/other%2Fone'],
  ['postgres://me@/app%20one?host=/run/pg', 'app one', 'postgres://me@/other%2Fone?host=/run/pg'],
  ['postgres://host?dbname=app&port=1', 'app', 'postgres://host/other%2Fone?port=1'],
  ['postgres://[::1]:5432', '', 'postgres://[::1]:5432/other%2Fone'],
])('%s names a database, and another one of the same server', (url, database, other) => {
  const parsed = parseConnectionUrl(url, 'db');
  expect(parsed.database).toBe(database);
  expect(withDatabase(parsed, 'other/one').url).toBe(other);
});

it.each([
  'postgres://me:secret@host/app',
  'postgres://host/app?user=me&password=secret',
  'postgres://:secret@/app',
])('%s is refused for its password, without repeating it', (url) => {
  const parse = () => parseConnectionUrl(url, 'db');
  expect(parse).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  expect(parse).not.toThrow('secret');
});

it.each(['mysql://host/app', 'app', 'postgres:/host/app', 'postgres://host/%zz'])(
  '%s is no address',
  (url) => {
    expect(() => parseConnectionUrl(url, 'db')).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  },
);
