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
/** Points as file systems and as git: what they load (memfs, HTTP) is nothing for other commands. */
const VIEWING = /\/(src|adapters)\/(view|git|mount|webdav|fuse)\/(?!git\.|views\.)|\/memory-backend\./;
/** What commands that only look at points need besides what all do. */
const LOOKING =
  /\/src\/(change-text|diff-points|diff-query|file-state|guard\/require-unguarded|pins|selection|shared-path|cli\/read-patch|state\/instants|configuration\/(amounts|parse-duration))\./;
/** So many of the program's parts need a module that all load it: what it imports is in as many, and so in the same file. */
const PARTS_OF_CORE = 10;
const isCommandLine = (path) => path.startsWith(`${BUILT}src/cli/`);
const isLibrary = (path) => !isCommandLine(path) || OPENING.test(path);

const bundle = await rolldown({
  ...{ input, platform: 'node', external: packages, cwd: BUILT, preserveEntrySignatures: false },
  // A module that nothing is used of is left out: none does anything by being loaded.
  treeshake: { moduleSideEffects: false },
  // The library loads each operation when it is first used; here some of them share a file anyway.
  checks: { ineffectiveDynamicImport: false },
});
rmSync(PROGRAM, { recursive: true, force: true });
const { output } = await bundle.write({
  dir: PROGRAM,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  // What several commands need is a few files, each for those that need it: help and completion do without the library.
  codeSplitting: {
    includeDependenciesRecursively: false,
    groups: [
      { name: 'configuration', test: READING_CONFIGURATION, minShareCount: 2 },
      { name: 'views', test: VIEWING, minShareCount: 2 },
      { name: 'core', test: isLibrary, minShareCount: PARTS_OF_CORE },
      { name: 'looking', test: LOOKING, minShareCount: 2 },
      { name: 'library', test: isLibrary, minShareCount: 2 },
      {
        name: 'command-line',
        test: (path) => isCommandLine(path) && !/\/read-version\.|-command\.js$/.test(path),
        minShareCount: 2,
      },
    ],
  },
});
await bundle.close();
for (const [name, ...allowed] of [['core'], ['looking', 'core']]) requireImports(name, allowed);

/** Files that import each other in a circle don't load: what one of them lacks belongs in it. */
function requireImports(name, allowed) {
  const { imports } = output.find((file) => file.name === name);
  const others = imports.filter(
    (file) => file.endsWith('.js') && !allowed.some((other) => file.startsWith(other)),
  );
  if (others.length > 0) throw new Error(`The file '${name}' of the program imports ${others.join(', ')}.`);
}
