// Makes the program of the built modules: one file for what every command needs, one more for each command, and one
// for each kind of thread and process. Loading hundreds of small modules takes longer than most commands (measured: 60 ms).
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const BUILT = fileURLToPath(new URL('../../dist/', import.meta.url));
const PROGRAM = `${BUILT}program`;

/** Threads are started by file name, from a file beside theirs. */
const ENTRIES = {
  savepoint: 'src/cli/main.js',
  'git-remote-savepoint': 'src/git/git-remote-savepoint.js',
  'capture-worker': 'adapters/files/capture-worker.js',
  'restore-worker': 'adapters/files/restore-worker.js',
  'packing-worker': 'adapters/git/packing-worker.js',
  'decoding-thread': 'adapters/backends/decoding-thread.js',
  'storing-thread': 'adapters/fuse/storing-thread.js',
  'mount-worker': 'src/mount/mount-worker.js',
  'mount-process': 'src/mount/mount-process.js',
  'watchdog-process': 'src/guard/watchdog-process.js',
};

const input = Object.fromEntries(Object.entries(ENTRIES).map(([name, path]) => [name, BUILT + path]));
const packages = /^(?![./#])/;
/** Modules of the command line that open the library, for several commands. */
const OPENING = /\/(with-savepoint|configuration-option|duration-option|read-patch)\./;
/** What is loaded only where there is a configuration, with the parser of YAML. */
const READING_CONFIGURATION =
  /\/src\/configuration\/(read-yaml|parse-configuration|check-shape|check-references|fill-defaults|read-configuration)\./;
const isCommandLine = (path) => path.startsWith(`${BUILT}src/cli/`);

const bundle = await rolldown({
  ...{ input, platform: 'node', external: packages, cwd: BUILT, preserveEntrySignatures: false },
  // The library loads each operation when it is first used; here some of them share a file anyway.
  checks: { ineffectiveDynamicImport: false },
});
rmSync(PROGRAM, { recursive: true, force: true });
await bundle.write({
  dir: PROGRAM,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  // What several commands need is two files: help and completion do without the library.
  codeSplitting: {
    includeDependenciesRecursively: false,
    groups: [
      { name: 'configuration', test: READING_CONFIGURATION, minShareCount: 2 },
      {
        name: 'library',
        test: (path) => !isCommandLine(path) || OPENING.test(path),
        minShareCount: 2,
      },
      {
        name: 'command-line',
        test: (path) => isCommandLine(path) && !path.includes('/read-version.'),
        minShareCount: 2,
      },
    ],
  },
});
await bundle.close();
