// Which words run this very program, by absolute paths that hold at boot: the Node that runs it, and its script.
import { realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import { SavepointError } from '../../store/errors.js';

const NAME = 'savepoint';
/** Such directories come and go with the project that they belong to. */
const PASSING = /\/node_modules\//;

/**
 * Node and the script. The script goes by its name in the search path where that leads to it, as that name stays when
 * another version is installed. Throws PATH_NOT_FOUND where this copy was not built whole.
 */
export function findBootProgram(searchPath = process.env['PATH'] ?? ''): [node: string, script: string] {
  const script = ownScript();
  const real = realpathSync(script);
  const named = searchPath
    .split(':')
    .filter((directory) => isAbsolute(directory) && !PASSING.test(`${directory}/`))
    .map((directory) => join(directory, NAME))
    .find((candidate) => findReal(candidate) === real);
  return [process.execPath, named ?? script];
}

function ownScript(): string {
  const require = createRequire(import.meta.url);
  const { bin } = require('savepoint/package.json') as { bin: Record<string, string> };
  const script = join(dirname(require.resolve('savepoint/package.json')), bin[NAME]);
  if (statSync(script, { throwIfNoEntry: false })?.isFile() === true) return script;
  throw new SavepointError(
    'PATH_NOT_FOUND',
    `There is no ${script}, which the units would run: build the program, and repeat.`,
    { fields: { path: script } },
  );
}

/** What others keep from us in the search path is not this program. */
function findReal(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP'].includes(code)) return undefined;
    throw error;
  }
}
