// The surroundings in which git is run on repositories of others: nothing of this process's own repository is taken for
// it, it never goes to the network for objects that are missing, and it may belong to another user, as nothing of it is run.
import { searchPath } from '../system/run-program.js';

/** Variables for a `git` that finds a repository in `directory`, and in none above it. */
export function gitEnvironment(directory: string): Record<string, string | undefined> {
  const inherited = Object.keys(process.env).filter((name) => name.startsWith('GIT_'));
  return {
    ...Object.fromEntries(inherited.map((name) => [name, undefined])),
    PATH: searchPath(),
    LC_ALL: 'C',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CEILING_DIRECTORIES: directory.slice(0, directory.lastIndexOf('/')) || '/',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
  };
}
