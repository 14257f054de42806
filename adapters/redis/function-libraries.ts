// Libraries of functions on a Redis server: by their names, as their authors wrote them.
import type { Command, RedisSession } from './redis-session.js';
import type { Reply } from './resp-parser.js';

export interface FunctionLibrary {
  readonly name: string;
  readonly code: Buffer;
}

/** In the order of their names. */
export async function readLibraries(session: RedisSession): Promise<FunctionLibrary[]> {
  const listed = (await session.call('FUNCTION', 'LIST', 'WITHCODE')) as readonly (readonly Reply[])[];
  const libraries = listed.map((fields) => {
    const fieldOf = (name: string) => fields[fields.findIndex((each) => String(each) === name) + 1];
    return { name: String(fieldOf('library_name')), code: fieldOf('library_code') as Buffer };
  });
  return libraries.sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** In place of all that are there. */
export function replaceCommands(libraries: readonly FunctionLibrary[]): Command[] {
  return [['FUNCTION', 'FLUSH'], ...libraries.map(({ code }): Command => ['FUNCTION', 'LOAD', code])];
}

export function isSameLibraries(
  left: readonly FunctionLibrary[],
  right: readonly FunctionLibrary[],
): boolean {
  return (
    left.length === right.length &&
    left.every(({ name, code }, at) => name === right[at]?.name && code.equals(right[at].code))
  );
}
