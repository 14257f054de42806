// What comparing two points of the Linux source costs that differ in 100 files (`--files` chooses another number), beside git on
// two commits of the same trees, its objects loose as after a commit, and packed as after `git gc`; renames are looked for by
// both. Prints medians, process start included, and what starting Node alone takes. The budget is 1.2 times git's.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { prepareDataSet } from './datasets/catalog.mjs';
import { listFiles } from './datasets/change-files.mjs';
import { source } from './datasets/source.mjs';
import { measure, run } from './process.mjs';
import { report } from './report.mjs';
import { medianOf } from './summary.mjs';
import { entryPoint } from './tools/savepoint.mjs';

const BUDGET = 1.2;
const FORMS = ['--stat', '--name-status', '--patch'];

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    files: { type: 'string', default: '100' },
    data: { type: 'string', default: join(tmpdir(), 'savepoint-bench') },
    small: { type: 'boolean', default: false },
  },
});

/** @param {number} seconds */
const milliseconds = (seconds) => `${(1000 * seconds).toFixed(0)} ms`;

const { tree } = await prepareDataSet({
  ...{ set: source, dataDirectory: values.data, small: values.small, report },
});
const scratch = mkdtempSync(join(values.data, 'diff-'));
const [copy, store] = [join(scratch, 'tree'), join(scratch, 'store')];
const identity = { GIT_AUTHOR_NAME: 'Benchmark', GIT_AUTHOR_EMAIL: 'benchmark@example.org' };
const committer = { GIT_COMMITTER_NAME: 'Benchmark', GIT_COMMITTER_EMAIL: 'benchmark@example.org' };

/**
 * @param {string} repository
 * @param {string[]} words
 */
function git(repository, ...words) {
  const env = {
    ...{ ...identity, ...committer, GIT_CONFIG_NOSYSTEM: '1', GIT_PAGER: 'cat' },
    ...{ GIT_DIR: join(scratch, repository), GIT_WORK_TREE: copy },
  };
  return { argv: ['git', '-c', 'gc.auto=0', '-c', 'safe.directory=*', ...words], cwd: copy, env };
}

/** @param {string[]} words */
const savepoint = (...words) => ({ argv: [process.execPath, entryPoint, '--store', store, ...words] });

/** @param {string} point */
async function saveBoth(point) {
  report(`saving ${point}`);
  await run(savepoint('save', copy, '--name', point));
  await run(git('loose', 'add', '-A', '--force'));
  await run(git('loose', 'commit', '--quiet', '-m', point));
  await run(git('loose', 'tag', point));
}

function changeSome() {
  const files = listFiles(copy);
  for (let number = 0; number < Number(values.files); number += 1) {
    const file = join(copy, files[(number * 7919) % files.length]);
    const lines = readFileSync(file, 'latin1').split('\n');
    lines.splice(lines.length >> 1, 0, '/* one line more than before */');
    writeFileSync(file, lines.join('\n'), 'latin1');
  }
}

/** @param {string} stdout */
function checkCount(stdout) {
  const count = Number(/(\d[\d,]*) files? changed/.exec(stdout)?.[1].replaceAll(',', ''));
  if (count !== Number(values.files)) throw new Error(`${count} files differ, and not ${values.files}`);
}

try {
  await run({ argv: ['cp', '-a', tree, copy] });
  await run(git('loose', 'init', '--quiet'));
  await saveBoth('before');
  changeSome();
  await saveBoth('after');
  report('packing');
  cpSync(join(scratch, 'loose'), join(scratch, 'packed'), { recursive: true });
  await run(git('packed', 'gc', '--quiet'));
  for (const command of [
    savepoint('diff', 'before', 'after', '--stat'),
    git('loose', 'diff', '--stat', 'before', 'after'),
  ])
    checkCount(await run(command));
  const inProcess = fileURLToPath(new URL('./diff-in-process.mjs', import.meta.url));
  const words = [inProcess, store, 'before', 'after', values.rounds];
  const printed = await run({ argv: [process.execPath, ...words] });
  const library = medianOf(printed.trim().split('\n').map(Number)) / 1000;
  const rows = [];
  for (const form of FORMS) {
    const commands = {
      savepoint: savepoint('diff', 'before', 'after', form),
      loose: git('loose', 'diff', form, 'before', 'after'),
      packed: git('packed', 'diff', form, 'before', 'after'),
      node: { argv: [process.execPath, '-e', '0'] },
    };
    /** @type {Record<string, number[]>} */
    const samples = { savepoint: [], loose: [], packed: [], node: [] };
    // The first round warms caches, and does not count.
    for (let round = 0; round <= Number(values.rounds); round += 1) {
      for (const [name, command] of Object.entries(commands)) {
        const { wallSeconds } = await measure(command);
        if (round > 0) samples[name].push(wallSeconds);
      }
    }
    const [own, loose, packed, node] = Object.values(samples).map(medianOf);
    const ratio = own / loose;
    report(`${form}: ${milliseconds(own)}`);
    rows.push(
      `| ${form} | ${[own, loose, packed, node].map(milliseconds).join(' | ')} | ${ratio.toFixed(1)}: ${ratio <= BUDGET ? 'kept' : 'missed'} |`,
    );
  }
  process.stdout.write(
    [
      `| ${values.files} files changed, Node ${process.versions.node} | Savepoint | git, loose | git, packed | node -e 0 | of git, loose, at most ${BUDGET} |`,
      '| --- | ---: | ---: | ---: | ---: | ---: |',
      ...rows,
      '',
      `A program that has the store open, and has compared before, takes ${milliseconds(library)}.`,
      '',
    ].join('\n'),
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
