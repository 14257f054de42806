// A tour of savepoint on real input: saves this machine's /etc, breaks a copy of it, looks at the damage and puts it
// back, checking each step. Writes in one temporary directory only, which is gone at the end; /etc is only read. Ends
// with exit code 1 where anything is not as it must be.
import { lstatSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeTree, differingPaths } from './tour/describe-tree.mjs';
import { summarize } from './tour/summarize.mjs';
import { Terminal, TourError } from './tour/terminal.mjs';

/** A file that is read while it is not readable is left out, and the exit code says so: only root can read all of /etc. */
const isRoot = process.getuid?.() === 0;
const DONE_OR_INCOMPLETE = isRoot ? [0] : [0, 6];
const DONE_OR_UNREADABLE = isRoot ? [0] : [0, 1];

process.exitCode = await main();

/** @returns {Promise<number>} the exit code */
async function main() {
  const directory = mkdtempSync(join(realpathSync(tmpdir()), 'savepoint-tour-'));
  // Whoever stops the tour, or reads no further, leaves no directory behind.
  const interruption = new AbortController();
  const stop = () => interruption.abort(new TourError('It was interrupted.'));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(name, stop);
  process.stdout.on('error', stop);
  try {
    await visit(new Terminal(directory, interruption.signal), directory);
    return 0;
  } catch (error) {
    if (!(error instanceof TourError)) throw error;
    process.stdout.write(`\nThe tour failed. ${error.message}\n`);
    return 1;
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

/**
 * @param {Terminal} terminal
 * @param {string} directory
 */
async function visit(terminal, directory) {
  process.stdout.write(`$ cd ${directory}\n`);
  const first = await saveRealTree(terminal);
  const unchanged = await saveCopy(terminal, { directory, real: first.component });
  const scratch = join(directory, 'etc');
  const original = describeTree(scratch);
  const files = chooseFiles(scratch);
  await damage(terminal, files);
  await lookAround(terminal, files);
  await restoreOne(terminal, { files, scratch, original });
  const changed = await restoreChanged(terminal, { scratch, original });
  const all = await restoreLost(terminal, { scratch, original });
  terminal.say('The store: is every byte in it as it was written, and what does it take?');
  await terminal.run('savepoint verify --data');
  await terminal.run('savepoint stats', { mostLines: 20 });
  const statistics = await terminal.ask('savepoint stats');
  summarize({ terminal, first, statistics, seconds: { unchanged, changed, all } });
}

/** @param {Terminal} terminal */
async function saveRealTree(terminal) {
  terminal.say('Make a store, and take a recovery point of the real /etc.');
  await terminal.run('savepoint init .savepoint');
  const { seconds } = await terminal.run('savepoint save /etc --name real', {
    exitCodes: DONE_OR_INCOMPLETE,
  });
  const { components } = await terminal.ask('savepoint show real');
  terminal.check('the point holds files', components[0].files > 0);
  const { stored } = await terminal.ask('savepoint stats');
  return { seconds, component: components[0], stored: stored.total - stored.cache };
}

/**
 * @param {Terminal} terminal
 * @param {{ directory: string, real: { files: number, tree: string, attributes: string } }} first
 * @returns {Promise<number>} the seconds of an unchanged save
 */
async function saveCopy(terminal, { directory, real }) {
  terminal.say(
    'From here on nothing touches /etc: copy it, save the copy, and keep a second copy to compare with.',
  );
  const copied = await terminal.run('cp -a /etc etc', { exitCodes: DONE_OR_UNREADABLE, mostLines: 3 });
  await terminal.run('cp -a etc reference');
  await terminal.run('savepoint save etc --name before -m "Before somebody breaks it"');
  await terminal.run('savepoint show before', { mostLines: 20 });
  const before = await showOnly(terminal, 'before');
  const isCopyWhole = copied.exitCode === 0 && real.files === before.files;
  if (
    isCopyWhole &&
    differingPaths(describeTree('/etc'), describeTree(join(directory, 'etc'))).length === 0
  ) {
    const isSame = real.tree === before.tree && real.attributes === before.attributes;
    terminal.check('the copy has the ids of the original, so its contents are stored once', isSame);
  }
  terminal.say('Save it again: nothing has changed, so nothing is stored but the point.');
  const { seconds } = await terminal.run('savepoint save etc --name again');
  const again = await showOnly(terminal, 'again');
  terminal.check('an unchanged tree has the same id', again.tree === before.tree);
  return seconds;
}

/**
 * The one component of a point.
 * @param {Terminal} terminal
 * @param {string} point
 */
async function showOnly(terminal, point) {
  const { components } = await terminal.ask(`savepoint show ${point}`);
  return components[0];
}

/** @typedef {{ edited: string, removed: string, opened: string }} Files names in the scratch tree */

/**
 * Three ordinary files that a Debian machine has, or else whichever there are.
 * @param {string} scratch
 * @returns {Files}
 */
function chooseFiles(scratch) {
  const preferred = ['profile', 'host.conf', 'passwd', 'debian_version', 'shells'];
  const fits = (/** @type {string} */ name) => {
    const status = lstatSync(join(scratch, name), { throwIfNoEntry: false });
    if (status === undefined || !status.isFile() || (status.mode & 0o777) !== 0o644) return false;
    return /^[\w.-]+$/.test(name) && status.size > 0 && !readFileSync(join(scratch, name)).includes(0);
  };
  const names = new Set([...preferred, ...readdirSync(scratch).sort()].filter(fits));
  const [edited, removed, opened] = names;
  if (names.size < 3) throw new TourError('/etc has too few plain files for this tour.');
  return { edited, removed, opened };
}

/**
 * @param {Terminal} terminal
 * @param {Files} files
 */
async function damage(terminal, { edited, removed, opened }) {
  terminal.say('Now somebody is in a hurry: edits one file, deletes one, opens one to all, adds one.');
  await terminal.run(`sed -i '1i # Edited in a hurry.' etc/${edited}`);
  await terminal.run(`rm etc/${removed}`);
  await terminal.run(`chmod 666 etc/${opened}`);
  await terminal.run('echo "debug = yes" > etc/added-in-a-hurry.conf');
}

/**
 * @param {Terminal} terminal
 * @param {Files} files
 */
async function lookAround(terminal, { edited, removed, opened }) {
  terminal.say('What has changed since the latest point?');
  await terminal.run('savepoint status');
  const { changes } = await terminal.ask('savepoint status');
  const found = changes
    .filter((/** @type {{ path: string }} */ { path }) => path !== '')
    .map((/** @type {{ kind: string, path: string }} */ { kind, path }) => `${kind} ${path}`);
  const expected = [
    `added added-in-a-hurry.conf`,
    `attributes ${opened}`,
    `modified ${edited}`,
    `removed ${removed}`,
  ];
  const isExact = found.sort().join('\n') === expected.sort().join('\n');
  terminal.check('it is these four changes and no other', isExact, found.join('\n'));
  terminal.say('What exactly happened to one of them?');
  await terminal.run('savepoint diff before live --stat');
  const patch = await terminal.run(`savepoint diff before live etc/${edited} --patch`, { mostLines: 14 });
  terminal.check('the patch has the edited line', patch.stdout.includes('\n+# Edited in a hurry.\n'));
}

/**
 * @param {Terminal} terminal
 * @param {{ files: Files, scratch: string, original: Map<string, string> }} place
 */
async function restoreOne(terminal, { files, scratch, original }) {
  terminal.say('Put one file back.');
  await terminal.run(`savepoint restore before etc/${files.edited}`);
  const left = differingPaths(original, describeTree(scratch)).filter((path) => path !== '.');
  const expected = ['added-in-a-hurry.conf', files.removed, files.opened].sort();
  terminal.check(
    'that file is back, the other changes stand',
    left.join() === expected.join(),
    left.join('\n'),
  );
}

/**
 * @param {Terminal} terminal
 * @param {{ scratch: string, original: Map<string, string> }} place
 * @returns {Promise<number>} the seconds of the restore
 */
async function restoreChanged(terminal, place) {
  terminal.say('Put everything back, and remove what was added; first look at what that would do.');
  await terminal.run('savepoint restore before --delete --dry-run');
  const { seconds } = await terminal.run('savepoint restore before --delete');
  await checkRestored(terminal, place);
  return seconds;
}

/**
 * @param {Terminal} terminal
 * @param {{ scratch: string, original: Map<string, string> }} place
 * @returns {Promise<number>} the seconds of the restore
 */
async function restoreLost(terminal, place) {
  terminal.say('Lose the whole tree, and put it back.');
  await terminal.run('chmod -R u+w etc && rm -r etc');
  const { seconds } = await terminal.run('savepoint restore before');
  await checkRestored(terminal, place);
  return seconds;
}

/**
 * Two witnesses say whether the tree is what it was: our own comparison and, where it is installed, rsync.
 * @param {Terminal} terminal
 * @param {{ scratch: string, original: Map<string, string> }} place
 */
async function checkRestored(terminal, { scratch, original }) {
  const differing = differingPaths(original, describeTree(scratch));
  const statement = `all ${original.size} entries have their content, mode, owner and time in ns`;
  terminal.check(statement, differing.length === 0, differing.slice(0, 20).join('\n'));
  if (!(await terminal.has('rsync'))) return;
  const { stdout } = await terminal.run('rsync -aHAXni --checksum --delete reference/ etc/');
  terminal.check('rsync finds no difference either', stdout === '', stdout);
}
