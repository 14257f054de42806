// Tells whether an attempt has put its content into a live database: after a crash nothing but the content itself says so.
import { existsSync, rmSync } from 'node:fs';
import { attemptFiles, findAside } from './attempt-files.js';
import { findOrigin } from './canonical-file.js';
import { copyDatabase } from './copy-database.js';
import { isDamage } from './sqlite-error.js';
import type { SqliteAccess } from './sqlite-session.js';

export type Origin = 'aside' | 'staged';

/**
 * `aside`: it is what the attempt found there, with or without later writes, or the attempt has not come so far. `staged`: it is
 * what the attempt has put there. `undefined` where nothing tells.
 */
export async function originOfLive(
  access: SqliteAccess,
  target: string,
  { attempt, look }: { readonly attempt: string; readonly look: string },
): Promise<Origin | undefined> {
  const { staged } = attemptFiles(attempt, target);
  const aside = findAside(attempt, target);
  if (aside === undefined) return existsSync(target) ? 'aside' : undefined;
  if (!existsSync(target) || !existsSync(staged)) return undefined;
  rmSync(look, { force: true });
  try {
    await copyDatabase(access, target, look);
    return findOrigin<Origin>(look, [
      { name: 'aside', path: aside },
      { name: 'staged', path: staged },
    ]);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  } finally {
    rmSync(look, { force: true });
  }
}
