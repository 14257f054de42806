// What it costs to make points of a repository of the Linux source, of an export of it, and to clone a store with plain git; and
// whether the files that come out are those that git checks out.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareDataSet } from './datasets/catalog.mjs';
import { source } from './datasets/source.mjs';
import { measure, run } from './process.mjs';
import { report } from './report.mjs';
import { entryPoint } from './tools/savepoint.mjs';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: join(tmpdir(), 'savepoint-bench') },
    small: { type: 'boolean', default: false },
  },
});

const { tree } = await prepareDataSet({
  ...{ set: source, dataDirectory: values.data, small: values.small, report },
});
const scratch = mkdtempSync(join(values.data, 'git-import-'));
try {
  const repository = join(scratch, 'linux.git');
  await run({ argv: ['git', 'init', '--quiet', '--bare', repository] });
  await git('add', '--all', '--force');
  await git('commit', '--quiet', '--message=first');
  await git('tag', 'v1');
  for (const format of ['sha256', 'sha1']) {
    const store = join(scratch, `store-${format}`);
    await run({ argv: savepoint(store, 'init', '--object-format', format) });
    await timed(`git import, into ${format}`, savepoint(store, 'git', 'import', repository));
    await timed(`git import again, into ${format}`, savepoint(store, 'git', 'import', repository));
    const files = join(scratch, 'files');
    await run({ argv: savepoint(store, 'restore', 'v1', '--to', files) });
    await run({ argv: ['diff', '--recursive', '--brief', '--no-dereference', tree, files] });
    rmSync(files, { recursive: true });
  }
  await git('commit', '--quiet', '--allow-empty', '--message=second');
  await git('tag', 'v2');
  for (const format of ['sha256', 'sha1'])
    await timed(
      `one tag more, into ${format}`,
      savepoint(join(scratch, `store-${format}`), 'git', 'import', repository),
    );
  const clone = join(scratch, 'clone.git');
  const store = join(scratch, 'store-sha256');
  await timed(
    'git clone savepoint::',
    ['git', 'clone', '--quiet', '--bare', `savepoint::${store}`, clone],
    programs(),
  );
  await run({ argv: ['git', '--git-dir', clone, 'fsck', '--strict', '--no-dangling'] });
  for (const format of ['sha256', 'sha1']) {
    const other = join(scratch, `other-${format}`);
    await run({ argv: savepoint(other, 'init', '--object-format', format) });
    await timed(
      `git import of an export of sha256, into ${format}`,
      savepoint(other, 'git', 'import', clone),
    );
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** @param {string[]} words */
async function git(...words) {
  const settings = ['user.name=x', 'user.email=x', 'gc.auto=0', 'core.bare=false'].flatMap((each) => [
    '-c',
    each,
  ]);
  const place = ['--git-dir', join(scratch, 'linux.git'), '--work-tree', tree];
  await run({ argv: ['git', ...settings, ...place, ...words], cwd: tree });
}

/** @param {string} store @param {string[]} words */
function savepoint(store, ...words) {
  return [process.execPath, entryPoint, '--store', store, ...words];
}

/** A directory for the PATH, in which git finds the helper. */
function programs() {
  const directory = join(scratch, 'bin');
  const program = join(directory, 'git-remote-savepoint');
  mkdirSync(directory);
  const helper = join(dirname(entryPoint), 'git-remote-savepoint.js');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${helper}' "$@"\n`);
  chmodSync(program, 0o755);
  return { PATH: `${directory}:${process.env['PATH']}` };
}

/** @param {string} what @param {string[]} argv @param {Record<string, string>} [env] */
async function timed(what, argv, env) {
  await run({ argv: ['sync'] });
  const words =
    env === undefined
      ? argv
      : ['env', ...Object.entries(env).map(([name, value]) => `${name}=${value}`), ...argv];
  const { wallSeconds, userSeconds, systemSeconds, peakBytes } = await measure({ argv: words });
  const cpu = (userSeconds + systemSeconds).toFixed(2);
  process.stdout.write(
    `${what}: ${wallSeconds.toFixed(2)} s, CPU ${cpu} s, peak ${Math.round(peakBytes / 1e6)} MB\n`,
  );
}
