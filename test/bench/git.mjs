// What an export of the Linux source to git costs beside git's own ways to get it there: add and commit, fast-import, clone. And whether
// it is right: git's fsck has nothing to say, and every file has the id that git gives it by itself, in each object format.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareDataSet } from './datasets/catalog.mjs';
import { listFiles } from './datasets/change-files.mjs';
import { source } from './datasets/source.mjs';
import { measure, run } from './process.mjs';
import { report } from './report.mjs';
import { medianOf } from './summary.mjs';
import { entryPoint } from './tools/savepoint.mjs';

const CHANGED_FILES = 100;
const WAYS = /** @type {const} */ ([
  { from: 'sha256', to: 'sha256' },
  { from: 'sha1', to: 'sha1' },
  { from: 'sha256', to: 'sha1' },
]);

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    data: { type: 'string', default: join(tmpdir(), 'savepoint-bench') },
    small: { type: 'boolean', default: false },
  },
});
const ROUNDS = Number(values.rounds);

/** @type {Map<string, import('./process.mjs').Measured[]>} */
const samples = new Map();

const { tree } = await prepareDataSet({
  ...{ set: source, dataDirectory: values.data, small: values.small, report },
});
const scratch = mkdtempSync(join(values.data, 'git-'));
try {
  const copy = join(scratch, 'tree');
  await run({ argv: ['cp', '-a', tree, copy] });
  for (const format of ['sha256', 'sha1']) await savepoint(format, 'init', '--object-format', format);
  for (const format of ['sha256', 'sha1']) await savepoint(format, 'save', copy, '--name', 'first');
  for (const format of ['sha256', 'sha1']) await measureGit(format, copy);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { from, to } of WAYS) {
      const target = join(scratch, `export-${from}-${to}`);
      rmSync(target, { recursive: true, force: true });
      await timed(`git export, ${from} to ${to}`, exportTo(from, to));
    }
    report(`round ${round + 1} of ${ROUNDS} done`);
  }
  for (const { from, to } of WAYS) await check(from, to);
  for (const { from, to } of WAYS) await timed(`the same again, ${from} to ${to}`, exportTo(from, to));
  changeFiles(copy);
  for (const format of ['sha256', 'sha1']) await savepoint(format, 'save', copy, '--name', 'second');
  for (const { from, to } of WAYS)
    await timed(`${CHANGED_FILES} files changed, ${from} to ${to}`, exportTo(from, to));
  for (const { from, to } of WAYS) await fsck(join(scratch, `export-${from}-${to}`));
  const rows = [...samples].map(([what, measured]) => row(what, measured));
  const head = [
    `| Linux 6.1 source, Node ${process.versions.node} | wall | CPU | peak memory |`,
    '| --- | ---: | ---: | ---: |',
  ];
  process.stdout.write(`${[...head, ...rows, ...sizes()].join('\n')}\n`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** @param {string} format @param {string[]} words */
function savepoint(format, ...words) {
  return run({ argv: [process.execPath, entryPoint, '--store', join(scratch, `store-${format}`), ...words] });
}

/** @param {string} from @param {string} to */
function exportTo(from, to) {
  const words = ['git', 'export', join(scratch, `export-${from}-${to}`), '--object-format', to];
  return [process.execPath, entryPoint, '--store', join(scratch, `store-${from}`), ...words];
}

/** @param {string} what @param {string[]} argv @param {string} [cwd] */
async function timed(what, argv, cwd) {
  await run({ argv: ['sync'] });
  const measured = await measure({ argv, ...(cwd === undefined ? {} : { cwd }) });
  samples.set(what, [...(samples.get(what) ?? []), measured]);
  report(`${what}: ${measured.wallSeconds.toFixed(2)} s`);
}

/** Git's own repository of the tree, which says what ids are right. @param {string} format @param {string} files */
async function measureGit(format, files) {
  const repository = join(scratch, `git-${format}`);
  await run({ argv: ['git', 'init', '--quiet', '--bare', `--object-format=${format}`, repository] });
  const settings = ['user.name=x', 'user.email=x', 'gc.auto=0', 'core.bare=false', 'safe.directory=*'];
  const git = ['git', ...settings.flatMap((setting) => ['-c', setting]), '--git-dir', repository];
  const line = '"$@" add -A --force && "$@" commit --quiet -m first';
  await timed(
    `git add, git commit, ${format}`,
    ['sh', '-c', line, 'sh', ...git, '--work-tree', files],
    files,
  );
  if (format === 'sha256') return;
  const stream = join(scratch, 'stream');
  await run({ argv: [...git, 'fast-export', '--all'], output: stream });
  const imported = join(scratch, 'imported');
  await run({ argv: ['git', 'init', '--quiet', '--bare', imported] });
  const importing = [
    'sh',
    '-c',
    'git --git-dir "$1" -c core.compression=1 fast-import --quiet <"$2"',
    'sh',
    imported,
    stream,
  ];
  await timed('git fast-import at the same level of zlib, sha1', importing);
  rmSync(stream);
  await timed('git clone of that', [
    'git',
    'clone',
    '--quiet',
    '--bare',
    '--no-local',
    imported,
    join(scratch, 'clone'),
  ]);
}

/** @param {string} from @param {string} to */
async function check(from, to) {
  const target = join(scratch, `export-${from}-${to}`);
  await fsck(target);
  const [found, expected] = [join(scratch, 'found'), join(scratch, 'expected')];
  const list = ['ls-tree', '-r', '-z'];
  await run({ argv: ['git', '--git-dir', target, ...list, 'first:tree/files'], output: found });
  await run({ argv: ['git', '--git-dir', join(scratch, `git-${to}`), ...list, 'HEAD'], output: expected });
  const [left, right] = [readFileSync(found), readFileSync(expected)];
  const count = left.toString('latin1').split('\0').length - 1;
  if (!left.equals(right)) throw new Error(`${target} has other files, or other ids, than git gives them`);
  report(`${from} to ${to}: ${count} files have the ids that git gives them`);
}

/** @param {string} repository */
async function fsck(repository) {
  const said = await run({
    argv: ['sh', '-c', 'git --git-dir "$1" fsck --strict --no-dangling 2>&1', 'sh', repository],
  });
  if (said !== '') throw new Error(`git fsck says of ${repository}: ${said}`);
}

/** @param {string} directory */
function changeFiles(directory) {
  const files = listFiles(directory);
  for (let number = 0; number < CHANGED_FILES; number += 1) {
    const file = join(directory, files[(number * 7919) % files.length]);
    writeFileSync(file, `${readFileSync(file, 'latin1')}/* changed */\n`, 'latin1');
  }
}

/** @param {string} what @param {import('./process.mjs').Measured[]} measured */
function row(what, measured) {
  const seconds = [
    medianOf(measured.map((each) => each.wallSeconds)),
    medianOf(measured.map((each) => each.userSeconds + each.systemSeconds)),
  ];
  const peak = Math.round(medianOf(measured.map((each) => each.peakBytes)) / 1e6);
  return `| ${what} | ${seconds.map((each) => `${each.toFixed(2)} s`).join(' | ')} | ${peak} MB |`;
}

function sizes() {
  const names = ['export-sha1-sha1', 'imported'];
  return names.map((name) => {
    const packs = join(scratch, name, 'objects/pack');
    const bytes = existsSync(packs)
      ? readdirSync(packs).reduce((sum, file) => sum + statSync(join(packs, file)).size, 0)
      : 0;
    return `| packs of ${name}: ${Math.round(bytes / 1e6)} MB | | | |`;
  });
}
