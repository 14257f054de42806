// What changed in a directory since last time? Saves it, and compares it with the point that was saved before; with a
// FILE, puts that back as it was then. Arguments: [DIRECTORY [FILE]]; without any, it shows all that on a directory of
// its own.
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isSavepointError, openSavepoint } from 'savepoint';

/**
 * Saves `directory` and prints what changed since it was saved before.
 * @param {import('savepoint').Savepoint} savepoint
 * @param {string} directory
 * @returns {Promise<import('savepoint').Point | undefined>} the point before; `undefined` the first time
 */
async function compareWithLastTime(savepoint, directory) {
  // A store holds points of many things. A tag says which of them are ours.
  const points = (await savepoint.list()).filter(({ tags }) => tags.directory === directory);
  const before = points.at(-1);
  const { point, problems } = await savepoint.save([directory], { tags: { directory } });
  for (const { path, message } of problems) console.log(`not saved: ${path}: ${message}`);
  console.log(`${point.name}: ${point.files} files, ${formatBytes(point.bytes)}`);
  if (before === undefined) return undefined;
  console.log(`since ${before.name}:`);
  let growth = 0;
  for await (const change of savepoint.diff({ before: before.id, after: point.id })) {
    // The time of a directory changes with each name in it, which is listed itself.
    if (change.kind === 'attributes' && change.after?.type === 'directory') continue;
    growth += (change.after?.sizeBytes ?? 0) - (change.before?.sizeBytes ?? 0);
    console.log(`  ${change.kind.padEnd(10)} ${change.path}  ${describe(change)}`);
  }
  console.log(`in all ${growth < 0 ? '-' : '+'}${formatBytes(Math.abs(growth))}`);
  return before;
}

/**
 * A side that is missing is a file that was not there.
 * @param {import('savepoint').FileChange} change
 */
function describe({ kind, before, after }) {
  if (kind === 'attributes') {
    const modes = [before, after].map((state) => state?.mode.toString(8));
    return modes[0] === modes[1] ? 'owner, time or other attributes' : `mode ${modes.join(' → ')}`;
  }
  // Directories and the like have no size.
  const sizes = [before?.sizeBytes, after?.sizeBytes].filter((size) => size !== undefined);
  return sizes.map(formatBytes).join(' → ');
}

/**
 * Puts one file back as `point` has it.
 * @param {import('savepoint').Savepoint} savepoint
 * @param {{ point: import('savepoint').Point, file: string }} wanted
 */
async function putBack(savepoint, { point, file }) {
  const { components } = await savepoint.restore(point.id, { paths: [file] });
  const steps = components.flatMap((component) => component.steps);
  console.log(steps.length > 0 ? `put back ${file}` : `${file} is as it was`);
}

/** @param {number} bytes */
function formatBytes(bytes) {
  return bytes < 10_000 ? `${bytes} B` : `${(bytes / 1000).toFixed(0)} kB`;
}

/**
 * One look at a directory of the user's; the store stays, for the next one.
 * @param {string} directory
 * @param {string | undefined} file
 */
async function look(directory, file) {
  const store = process.env.SAVEPOINT_STORE ?? join(homedir(), '.local', 'state', 'what-changed');
  const savepoint = await openSavepoint({ store, create: true });
  try {
    const point = await compareWithLastTime(savepoint, directory);
    if (file !== undefined && point !== undefined) await putBack(savepoint, { point, file });
  } finally {
    await savepoint.close();
  }
}

/** Two looks at a directory in which things go wrong in between. */
async function demonstrate() {
  const place = mkdtempSync(join(tmpdir(), 'find-what-changed-'));
  const directory = join(place, 'data');
  const fileIn = (/** @type {string} */ name) => join(directory, name);
  mkdirSync(directory);
  writeFileSync(fileIn('access.log'), 'GET /\n'.repeat(2000));
  writeFileSync(fileIn('settings.ini'), '[server]\nport = 8080\n');
  writeFileSync(fileIn('notes.txt'), 'Ask Ann about the port.\n');
  writeFileSync(fileIn('run.sh'), '#!/bin/sh\nexec server settings.ini\n', { mode: 0o644 });
  const savepoint = await openSavepoint({ store: join(place, 'store'), create: true });
  try {
    await compareWithLastTime(savepoint, directory);
    appendFileSync(fileIn('access.log'), 'GET /contact\n'.repeat(500));
    writeFileSync(fileIn('settings.ini'), '[server]\nport = 8o8o\n');
    writeFileSync(fileIn('core.dump'), randomBytes(300_000));
    chmodSync(fileIn('run.sh'), 0o755);
    rmSync(fileIn('notes.txt'));
    const point = await compareWithLastTime(savepoint, directory);
    if (point === undefined) throw new Error('The first point is gone.');
    await putBack(savepoint, { point, file: fileIn('settings.ini') });
    console.log(readFileSync(fileIn('settings.ini'), 'utf8').trim());
  } finally {
    await savepoint.close();
    rmSync(place, { recursive: true, force: true });
  }
}

const [directory, file] = process.argv.slice(2);
try {
  if (directory === undefined) await demonstrate();
  else await look(resolve(directory), file);
} catch (error) {
  // What can go wrong in operation has a code that stays the same, and a message that says what to do. Else it's a bug.
  if (!isSavepointError(error)) throw error;
  console.error(`${error.message} [${error.code}]`);
  process.exitCode = 1;
}
