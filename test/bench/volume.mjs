// What volumes of the Linux source cost: mounting, looking, reading, comparing and committing, in one process that has the store
// open. Prints medians in milliseconds; each round mounts anew.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openSavepoint } from 'savepoint';
import { prepareDataSet } from './datasets/catalog.mjs';
import { source } from './datasets/source.mjs';
import { report } from './report.mjs';
import { medianOf } from './summary.mjs';

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
const scratch = mkdtempSync(join(values.data, 'volume-'));
const savepoint = await openSavepoint({ store: join(scratch, 'store'), create: true });

/** @param {import('savepoint').PointVolume} volume @param {string} directory @param {(path: string) => void} visit */
function walk(volume, directory, visit) {
  for (const entry of volume.readdirSync(directory, { withFileTypes: true })) {
    const path = `${directory}/${entry.name}`;
    visit(path);
    if (entry.isDirectory()) walk(volume, path, visit);
  }
}

/** @param {AsyncIterable<unknown>} items */
async function count(items) {
  let number = 0;
  for await (const _ of items) number++;
  return number;
}

/** In this order, on one volume. @type {Record<string, (volume: import('savepoint').PointVolume) => unknown>} */
const STEPS = {
  'stat of a file': (volume) => volume.statSync('/kernel/fork.c').size,
  'read a file': (volume) => volume.readFileSync('/kernel/fork.c'),
  'a fresh volume': (volume) => volume.fresh().unmount(),
  'commit, a file added': async (volume) => {
    volume.writeFileSync('/kernel/added.c', 'int added;\n');
    await savepoint.commitVolume(volume);
  },
  'commit, a file changed': async (volume) => {
    volume.appendFileSync('/kernel/fork.c', '\n');
    await savepoint.commitVolume(volume);
  },
  compare: (volume) => count(savepoint.diffVolume(volume)),
  'commit, a directory moved': async (volume) => {
    volume.renameSync('/drivers', '/moved');
    await savepoint.commitVolume(volume);
  },
  'lstat of all files': (volume) => {
    let files = 0;
    walk(volume, '', (path) => {
      files += volume.lstatSync(path).isFile() ? 1 : 0;
    });
    report(`${files} files`);
  },
};

try {
  report('saving');
  await savepoint.save([tree], { name: 'one' });
  /** @type {Map<string, number[]>} */
  const samples = new Map();
  /** @template T @param {string} name @param {() => T} work */
  const time = async (name, work) => {
    const started = performance.now();
    const result = await work();
    const list = samples.get(name) ?? [];
    list.push(performance.now() - started);
    samples.set(name, list);
    return result;
  };
  for (let round = 0; round < Number(values.rounds); round++) {
    const [{ components }] = await savepoint.list();
    const volume = await time('mount', () => savepoint.mountPoint('one', { component: components[0] }));
    for (const [name, step] of Object.entries(STEPS)) await time(name, () => step(volume));
    volume.unmount();
  }
  for (const [name, list] of samples)
    console.log(`${name.padEnd(28)} ${medianOf(list).toFixed(1).padStart(9)} ms`);
} finally {
  await savepoint.close();
  rmSync(scratch, { recursive: true, force: true });
}
