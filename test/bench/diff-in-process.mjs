// What comparing two points takes a program that has the store open, and has compared before: prints milliseconds, one a line.
//     node diff-in-process.mjs STORE BEFORE AFTER TIMES
import { openSavepoint } from 'savepoint';

/** So often a comparison is run before its code is compiled, and what it reads is in memory. */
const WARM_UP = 10;

const [store, before, after, times] = process.argv.slice(2);
const savepoint = await openSavepoint({ store });
for (let round = 0; round < WARM_UP + Number(times); round += 1) {
  const started = performance.now();
  let count = 0;
  for await (const change of savepoint.diff({ before, after })) count += change.kind === 'modified' ? 1 : 0;
  const milliseconds = performance.now() - started;
  if (count === 0) throw new Error('nothing differs');
  if (round >= WARM_UP) process.stdout.write(`${milliseconds}\n`);
}
await savepoint.close();
