// A store as a git repository: isomorphic-git reads the history of a file in it, and checks a point out in memory, where a
// program may change it; the store stays as it is. Arguments: STORE PATH, such as etc/files/hosts; without any, it shows
// that on a directory of its own.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import git from 'isomorphic-git';
import { initSavepoint, isSavepointError, openSavepoint } from 'savepoint';

/**
 * Prints what a file was in each point in which it changed, newest first.
 * @param {import('savepoint').Savepoint} savepoint
 * @param {string} filepath from the root of a point: the component's name, `files`, and the path in it
 */
async function history(savepoint, filepath) {
  const fs = await savepoint.openGitFs();
  try {
    const repository = { fs, dir: '/' };
    for (const { oid, commit } of await git.log({ ...repository, filepath })) {
      const { blob } = await git.readBlob({ ...repository, oid, filepath });
      console.log(`${commit.message.trim()}: ${Buffer.from(blob).toString().trim()}`);
    }
  } finally {
    fs.unmount();
  }
}

/**
 * Checks a point out in memory, writes a file there, and prints what git says of it.
 * @param {import('savepoint').Savepoint} savepoint
 * @param {{ point: string, path: string, text: string }} change
 */
async function tryOut(savepoint, { point, path, text }) {
  const volume = await savepoint.mountGit();
  try {
    const repository = { fs: volume, dir: '/' };
    await git.checkout({ ...repository, ref: point });
    volume.writeFileSync(`/${path}`, text);
    for (const [name, head, work] of await git.statusMatrix(repository)) {
      if (head !== work) console.log(`changed in memory: ${name}`);
    }
  } finally {
    volume.unmount();
  }
}

async function demonstrate() {
  const place = mkdtempSync(join(tmpdir(), 'read-with-git-'));
  const settings = join(place, 'app', 'settings');
  mkdirSync(join(place, 'app'));
  // git's programs know sha1 ids best, and isomorphic-git no others.
  const savepoint = await initSavepoint(join(place, 'store'), { objectFormat: 'sha1' });
  try {
    for (const [index, port] of [80, 8080, 8443].entries()) {
      writeFileSync(settings, `port=${port}\n`);
      await savepoint.save([join(place, 'app')], { name: `v${index + 1}`, message: `port ${port}` });
    }
    await history(savepoint, 'app/files/settings');
    await tryOut(savepoint, { point: 'v2', path: 'app/files/settings', text: 'port=1\n' });
    console.log(`points: ${(await savepoint.list()).map(({ name }) => name).join(', ')}`);
  } finally {
    await savepoint.close();
    rmSync(place, { recursive: true, force: true });
  }
}

/**
 * @param {string} store
 * @param {string} filepath
 */
async function look(store, filepath) {
  const savepoint = await openSavepoint({ store });
  try {
    await history(savepoint, filepath);
  } finally {
    await savepoint.close();
  }
}

const [store, filepath] = process.argv.slice(2);
try {
  if (store === undefined) await demonstrate();
  else await look(store, filepath ?? '');
} catch (error) {
  // A store with sha256 ids is refused, and the message says what to do.
  if (!isSavepointError(error)) throw error;
  console.error(`${error.message} [${error.code}]`);
  process.exitCode = 1;
}
