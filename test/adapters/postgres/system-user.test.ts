// A server that lets in only who is the right user of the system, as Debian sets it up.
import { expect, it } from 'vitest';
import { startPostgres } from '../../fixtures/postgres-server.js';
import { contentOf, databaseScene, makeDatabase } from './database-scene.js';

const MOST_MS = 60_000;

it(
  'is reached as that user',
  async () => {
    const server = startPostgres({ access: ['local all postgres peer'] });
    try {
      const url = makeDatabase(server, 'peers');
      const { exitCode, stderr } = await databaseScene({ url }).run(['save']);
      expect(exitCode).toBe(1);
      expect(stderr).toContain('the server does not let us in');
      const { done } = databaseScene({ url, systemUser: 'postgres' });
      await done('save', '--name', 'first');
      const original = contentOf(server, 'peers');
      server.query('peers', 'DELETE FROM items');
      await done('rollback', 'first', '--with-data', '--yes');
      expect(contentOf(server, 'peers')).toBe(original);
    } finally {
      server.close();
    }
  },
  MOST_MS,
);
