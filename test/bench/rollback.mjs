// What a rollback of 100 changed files in the Linux source costs beside a save of the same tree, unchanged: nobody else
// offers the one, so the other is the measure. Prints medians; the budget is the unchanged save and one second.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
const BUDGET_SECONDS = 1;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    data: { type: 'string', default: join(tmpdir(), 'savepoint-bench') },
    small: { type: 'boolean', default: false },
  },
});

const { tree } = await prepareDataSet({
  ...{ set: source, dataDirectory: values.data, small: values.small, report },
});
const scratch = mkdtempSync(join(values.data, 'rollback-'));
try {
  // A copy, as a rollback changes the tree itself.
  const copy = join(scratch, 'tree');
  await run({ argv: ['cp', '-a', tree, copy] });
  const command = (/** @type {string[]} */ ...words) => ({
    argv: [process.execPath, entryPoint, '--store', join(scratch, 'store'), ...words],
  });
  await run(command('save', copy, '--name', 'point'));
  const files = listFiles(copy);
  const saves = [];
  const rollbacks = [];
  const undos = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    saves.push((await timed(command('save', copy))).wallSeconds);
    for (let number = 0; number < CHANGED_FILES; number += 1) {
      const file = join(copy, files[(number * 7919 + round) % files.length]);
      writeFileSync(file, `${readFileSync(file, 'latin1')}/* changed */\n`, 'latin1');
    }
    rollbacks.push((await timed(command('rollback', 'point', '--yes'))).wallSeconds);
    undos.push((await timed(command('undo'))).wallSeconds);
    await run(command('redo'));
    report(
      `round ${round + 1}: save ${saves.at(-1)?.toFixed(2)} s, rollback ${rollbacks.at(-1)?.toFixed(2)} s`,
    );
  }
  await run({ argv: ['diff', '-rq', '--no-dereference', tree, copy] });
  const over = medianOf(rollbacks) - medianOf(saves);
  process.stdout.write(
    [
      `| Linux 6.1 source, Node ${process.versions.node} | median of ${values.rounds} |`,
      '| --- | ---: |',
      `| unchanged save | ${medianOf(saves).toFixed(2)} s |`,
      `| rollback of ${CHANGED_FILES} changed files | ${medianOf(rollbacks).toFixed(2)} s |`,
      `| undo of that | ${medianOf(undos).toFixed(2)} s |`,
      `| over the save, at most ${BUDGET_SECONDS} s | ${over.toFixed(2)} s: ${over <= BUDGET_SECONDS ? 'kept' : 'missed'} |`,
      '',
    ].join('\n'),
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** @param {import('./process.mjs').Command} command */
async function timed(command) {
  await run({ argv: ['sync'] });
  return measure(command, {});
}
