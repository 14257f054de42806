// Takes away what an attempt has made beside databases. What holds writes that are in no point stays, and is named.
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import type { AttemptContext } from '../state/state-adapter.js';
import { attemptPrefix, namesIn, targetOf } from './attempt-files.js';
import { withFile } from './errno.js';
import { isPattern, readSqliteSettings } from './sqlite-settings.js';

/** Throws INCOMPLETE where a file stays. */
export async function discardDatabases(context: AttemptContext): Promise<void> {
  const prefix = attemptPrefix(context.attempt);
  const kept: string[] = [];
  for (const directory of directoriesOf(context)) {
    for (const name of namesIn(directory).filter((each) => each.startsWith(prefix))) {
      const path = join(directory, name);
      if (KEPT.test(name)) kept.push(path);
      else await withFile(path, () => rmSync(path, { force: true }));
    }
  }
  const databases = kept.filter((path) => !SIDECAR.test(path));
  if (databases.length === 0) return;
  throw new SavepointError(
    'INCOMPLETE',
    `databases were written to between their safety point and their exchange. What they held then is kept as ${databases.join(', ')}: look at it with sqlite3, and remove it when nobody needs it.`,
    { fields: { keptAs: databases } },
  );
}

const KEPT = /\.kept(?:-[0-9]+)?(?:-wal|-journal|-shm)?$/;
const SIDECAR = /-(?:wal|journal|shm)$/;

function directoriesOf(context: AttemptContext): Set<string> {
  const { paths } = readSqliteSettings(context);
  return new Set(
    paths.flatMap((path) => [
      dirname(path),
      ...(isPattern(path) ? patternTargets(path) : [dirname(targetOf(path))]),
    ]),
  );
}

/** Files that a pattern fits may be links to elsewhere. */
function patternTargets(pattern: string): string[] {
  const directory = dirname(pattern);
  return namesIn(directory).map((name) => dirname(targetOf(join(directory, name))));
}
