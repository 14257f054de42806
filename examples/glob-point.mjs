// Which files of a point match patterns? Finds paths in a point as fast-glob finds them on a disk, and reads the files,
// without restoring anything. Arguments: STORE POINT PATTERN…; without any, it shows on a directory of its own what was
// lost there.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { isSavepointError, openSavepoint } from 'savepoint';

/**
 * Prints the paths that match, with their sizes.
 * @param {import('savepoint').PointFs} fs
 * @param {(path: string) => Promise<string[]>} glob
 * @param {string} pattern
 */
async function list(fs, glob, pattern) {
  console.log(pattern);
  for (const path of (await glob(pattern)).sort()) {
    console.log(`  ${path}  ${fs.statSync(`/${path}`).size} B`);
  }
}

/**
 * The lines of a file in which `text` stands. A stream reads a large file in parts.
 * @param {import('savepoint').PointFs} fs
 * @param {string} path
 * @param {string} text
 */
async function* linesWith(fs, path, text) {
  let number = 0;
  for await (const line of createInterface({ input: fs.createReadStream(`/${path}`) })) {
    number++;
    if (line.includes(text)) yield `${path}:${number}: ${line.trim()}`;
  }
}

/**
 * @param {string} store
 * @param {string} point
 * @param {string[]} patterns
 */
async function look(store, point, patterns) {
  const savepoint = await openSavepoint({ store });
  try {
    // Whatever takes node:fs takes this. Of the point, only what is asked for is read.
    const fs = await savepoint.openPointFs(point);
    for (const pattern of patterns)
      await list(fs, (each) => savepoint.glob(fs, each, { dot: true }), pattern);
  } finally {
    // Lets go of all that is open.
    await savepoint.close();
  }
}

/** A project, and then half of it is gone. */
async function demonstrate() {
  const place = mkdtempSync(join(tmpdir(), 'glob-point-'));
  const project = join(place, 'project');
  const write = (/** @type {string} */ path, /** @type {string} */ text) => {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  };
  write('src/server.mjs', '// NOTE: limits the size of requests\nexport const port = 8080;\n');
  write('src/routes/index.mjs', 'export const routes = [];\n');
  write('src/routes/index.test.mjs', '// NOTE: slow\n');
  write('README.md', '# A server\n');
  const savepoint = await openSavepoint({ store: join(place, 'store'), create: true });
  try {
    const { point } = await savepoint.save([project]);
    rmSync(join(project, 'src'), { recursive: true });
    const fs = await savepoint.openPointFs(point.name, { component: 'project' });
    await list(fs, (each) => savepoint.glob(fs, each), '**/*.mjs');
    await list(fs, (each) => savepoint.glob(fs, each, { ignore: ['**/*.test.*'] }), 'src/**');
    console.log('notes');
    for (const path of (await savepoint.glob(fs, 'src/**')).sort()) {
      for await (const line of linesWith(fs, path, 'NOTE')) console.log(`  ${line}`);
    }
  } finally {
    await savepoint.close();
    rmSync(place, { recursive: true, force: true });
  }
}

const [store, point, ...patterns] = process.argv.slice(2);
try {
  if (store === undefined) await demonstrate();
  else if (patterns.length > 0) await look(store, point, patterns);
  else {
    console.error('usage: glob-point.mjs [STORE POINT PATTERN…]');
    process.exitCode = 2;
  }
} catch (error) {
  // What can go wrong in operation has a code that stays the same, and a message that says what to do. Else it's a bug.
  if (!isSavepointError(error)) throw error;
  console.error(`${error.message} [${error.code}]`);
  process.exitCode = 1;
}
