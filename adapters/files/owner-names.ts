// Names of users and groups by number, from /etc/passwd and /etc/group, read once.
import { readFileSync } from 'node:fs';

export interface OwnerNames {
  readonly users: ReadonlyMap<number, string>;
  readonly groups: ReadonlyMap<number, string>;
}

/** The names that this host knows; none where its files cannot be read. */
export function readOwnerNames(): OwnerNames {
  return { users: readDatabase('/etc/passwd'), groups: readDatabase('/etc/group') };
}

function readDatabase(path: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of readLines(path)) {
    const [name, , id] = line.split(':');
    if (id !== undefined && /^\d+$/.test(id) && !names.has(Number(id))) names.set(Number(id), name);
  }
  return names;
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (error) {
    if (
      (error as NodeJS.ErrnoException).code === 'ENOENT' ||
      (error as NodeJS.ErrnoException).code === 'EACCES'
    )
      return [];
    throw error;
  }
}
