// A state adapter as anybody can write one: which commit and branch is checked out in git repositories, as in deployments by
// git. Rolling back checks it out again, and loses nobody's changes: where there are any, it refuses. Submodules are let be.
import { closeSync, existsSync, fsyncSync, openSync, rmSync, statSync } from 'node:fs';
import { uptime } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SavepointError } from 'savepoint';
import { git, run } from './git-checkout/run-git.mjs';

/**
 * What a document says, and what a rollback puts back: HEAD of one repository.
 * @typedef {object} Checkout
 * @property {string} repository the absolute path of its work tree
 * @property {string | null} commit the id; `null` where there is none yet
 * @property {string | null} branch its name; `null` where HEAD is detached
 */

/** A git that outlived its rollback may still be writing. */
const LOCKED_MS = 60_000;
const POLL_MS = 50;
/** How a checkout ends that something is in the way of. */
const REFUSED = 1;
/** Files of git's that are there while something is under way that a checkout would disturb. */
const UNDER_WAY = [
  'MERGE_HEAD',
  'CHERRY_PICK_HEAD',
  'REVERT_HEAD',
  'BISECT_LOG',
  'rebase-merge',
  'rebase-apply',
];

/**
 * In the configuration: `code: { kind: custom, adapter: git-checkout, settings: { repositories: [/srv/app] } }`. Git runs as the owner of each repository,
 * so that neither its hooks nor its files become root's.
 * @type {import('savepoint').StateAdapter}
 */
export const gitCheckoutAdapter = {
  kind: 'git-checkout',
  version: 1,
  category: 'filesystem',
  supports: { restore: true },

  async *capture(context) {
    for (const repository of repositoriesOf(context)) {
      const read = await readCheckout(repository);
      if ('trouble' in read) {
        context.report({ object: objectOf(repository), code: 'STATE_UNREADABLE', message: read.trouble });
        continue;
      }
      yield { path: documentPath('state', repository), content: encode(read.checkout) };
      yield { path: documentPath('observed', repository), content: encode(await observe(read.checkout)) };
    }
  },

  async compare({ from, to, changed }) {
    const steps = [];
    const unrestorable = [];
    for (const path of changed.filter((each) => each.startsWith('state/'))) {
      const [now, then] = await Promise.all([from, to].map((reader) => readDocument(reader, path)));
      const object = objectOf((now ?? then).repository);
      const text = `check out ${await describe(to, then)} in place of ${await describe(from, now)}`;
      if (now === undefined) unrestorable.push({ object, text: 'is not there any more: clone it again' });
      else if (then === undefined) unrestorable.push({ object, text: 'was not there then, and is let be' });
      else if (then.commit === null) unrestorable.push({ object, text: 'had no commit then' });
      else if (now.commit === null) unrestorable.push({ object, text: 'is on a branch without a commit' });
      else steps.push({ object, do: 'checkout', text, data: then });
    }
    return { steps, unrestorable };
  },

  async stage(steps) {
    for (const { data } of steps) await requireReady(/** @type {Checkout} */ (data));
    return steps.map(({ data }) => data);
  },

  async apply(prepared, context) {
    const problems = [];
    for (const target of /** @type {Checkout[]} */ (prepared)) {
      const object = objectOf(target.repository);
      const message = await checkOut(target, context);
      if (message === undefined) context.done({ object });
      else problems.push({ object, code: 'STATE_REFUSED', message });
    }
    return problems;
  },

  async health(context) {
    const problems = [];
    for (const repository of repositoriesOf(context)) {
      const read = await readCheckout(repository);
      if ('trouble' in read)
        problems.push({ object: objectOf(repository), code: 'STATE_UNREADABLE', message: read.trouble });
    }
    return { level: problems.length === 0 ? 'healthy' : 'unhealthy', problems };
  },
};

/** @param {import('savepoint').StateContext} context */
function repositoriesOf({ component, settings }) {
  const { repositories } = settings;
  const isRight = (path) => typeof path === 'string' && path.startsWith('/');
  if (Array.isArray(repositories) && repositories.every(isRight))
    return [...new Set(repositories.map((path) => resolve(path)))].sort();
  throw new SavepointError(
    'CONFIG_INVALID',
    `The setting 'repositories' of ${component} has to be a list of absolute paths.`,
    { fields: { component, setting: 'repositories' } },
  );
}

/**
 * HEAD as it is, or why it can't be read.
 * @param {string} repository
 * @returns {Promise<{ checkout: Checkout } | { trouble: string }>}
 */
async function readCheckout(repository) {
  const top = await git(repository, 'rev-parse', '--show-toplevel');
  if (top.exitCode !== 0)
    return {
      trouble: `can not be read by git: ${top.stderr}. Mend that, or take it out of the configuration.`,
    };
  if (resolve(top.stdout.replace(/\n$/, '')) !== repository)
    return { trouble: `is a part of the repository ${top.stdout.trim()}: name that instead.` };
  const head = await git(repository, 'symbolic-ref', '--quiet', 'HEAD');
  const commit = await git(repository, 'rev-parse', '--quiet', '--verify', 'HEAD^{commit}');
  const checkout = {
    repository,
    commit: commit.exitCode === 0 ? commit.stdout.trim() : null,
    branch: head.exitCode === 0 ? head.stdout.trim().replace(/^refs\/heads\//, '') : null,
  };
  return { checkout };
}

/** What is good to know of a checkout, and not for putting back. @param {Checkout} checkout */
async function observe({ repository, commit }) {
  const subject =
    commit === null ? '' : (await git(repository, 'log', '-1', '--format=%s', commit)).stdout.trim();
  return { repository, subject, changes: await listChanges(repository) };
}

/** The tracked files that are not as HEAD has them. @param {string} repository */
async function listChanges(repository) {
  const args = ['--porcelain', '-z', '--untracked-files=no', '--ignore-submodules=all', '--no-renames'];
  const { stdout } = await git(repository, 'status', ...args);
  return stdout
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => line.slice(3));
}

/**
 * Throws where the checkout would not be done, or something is under way.
 * @param {Checkout} target
 */
async function requireReady({ repository, commit }) {
  const refuse = (code, message, fields = {}) => {
    const words = `${objectOf(repository)} ${message}`;
    throw new SavepointError(code, words, { fields: { repository, commit, ...fields } });
  };
  const found = await git(repository, 'cat-file', '-e', `${commit}^{commit}`);
  if (found.exitCode !== 0)
    refuse(
      'STATE_REFUSED',
      `does not have the commit ${commit}: fetch it, with 'git fetch origin ${commit}', say.`,
    );
  const underWay = (await pathsOfGit(repository, UNDER_WAY)).filter((path) => existsSync(path));
  if (underWay.length > 0)
    refuse('STATE_BUSY', `is in the middle of something, as ${underWay[0]} says: end or abort that first.`);
  const changes = await listChanges(repository);
  if (changes.length > 0)
    refuse('STATE_BUSY', `has changes in ${changes.join(', ')}: commit, stash or undo them first.`, {
      changes,
    });
  // Files that were only touched are no changes.
  await git(repository, 'update-index', '-q', '--refresh');
  // Would anything be in the way: a file that git does not know, or another git?
  const tried = await git(repository, 'read-tree', '-n', '-m', '-u', 'HEAD', commit);
  if (tried.exitCode !== 0) refuse('STATE_BUSY', `can not take the commit ${commit}: ${tried.stderr}`);
}

/**
 * Checks the target out, unless it is already; answers what went wrong. Git writes files, index and HEAD, in this order: where
 * it was interrupted, the files do not go with HEAD. A mark says that they are ours, and may then be overwritten.
 * @param {Checkout} target
 * @param {import('savepoint').ApplyContext} context
 */
async function checkOut(target, context) {
  const { repository, commit, branch } = target;
  if (await isThere(target)) return undefined;
  const mark = join(context.staging(), encodeURIComponent(repository));
  const isAgain = existsSync(mark);
  if (isAgain) await clearWreck(repository);
  else makeDurably(mark, context.staging());
  const where = branch === null ? ['--detach', commit] : ['-B', branch, commit];
  const args = ['checkout', '--quiet', '--no-recurse-submodules', ...(isAgain ? ['--force'] : []), ...where];
  const { exitCode, stderr } = await git(repository, ...args);
  // Git leaves it to the kernel when files reach the disk.
  await run('sync', ['--file-system', repository]);
  // It has changed nothing then: what was in its way is not ours.
  if (exitCode === REFUSED && !isAgain) rmSync(mark);
  if (exitCode !== 0)
    return `was to be at ${commit}, but its checkout ended with exit code ${exitCode}: ${stderr}. Mend that and repeat.`;
  if (await isThere(target)) return undefined;
  return `is not at ${commit} after it was checked out: look into its hooks, and repeat.`;
}

/** @param {Checkout} target */
async function isThere(target) {
  const read = await readCheckout(target.repository);
  const { commit, branch } = 'checkout' in read ? read.checkout : {};
  if (commit !== target.commit || branch !== target.branch) return false;
  return (await listChanges(target.repository)).length === 0;
}

/**
 * Makes way after a crash: takes away the lock of a git that can't be alive, waits for one that may be, and keeps what differs
 * as a stash, should it be somebody's. What git does not know was not in the way when it began.
 * @param {string} repository
 */
async function clearWreck(repository) {
  const [lock] = await pathsOfGit(repository, ['index.lock']);
  const deadlineMs = Date.now() + LOCKED_MS;
  while (existsSync(lock) && Date.now() < deadlineMs) {
    const bootedMs = Date.now() - uptime() * 1000;
    if (statSync(lock, { throwIfNoEntry: false })?.mtimeMs < bootedMs) rmSync(lock);
    else await wait(POLL_MS);
  }
  const stash = (await git(repository, 'stash', 'create')).stdout.trim();
  const message = 'what an interrupted rollback found';
  if (stash !== '') await git(repository, 'stash', 'store', '--message', message, stash);
}

/** Where git has its own files. @param {string} repository @param {readonly string[]} names */
async function pathsOfGit(repository, names) {
  const { stdout } = await git(repository, 'rev-parse', ...names.flatMap((name) => ['--git-path', name]));
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => resolve(repository, line));
}

function makeDurably(file, directory) {
  for (const [path, flags] of [
    [file, 'w'],
    [directory, 'r'],
  ]) {
    const descriptor = openSync(path, flags);
    fsyncSync(descriptor);
    closeSync(descriptor);
  }
}

/** Equal values have to be equal bytes: the order of keys is the one in which they are written here. */
function encode(value) {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
}

async function readDocument(reader, path) {
  const content = await reader.read(path);
  return content === undefined ? undefined : JSON.parse(new TextDecoder().decode(content));
}

/** `1a2b3c4 "Fix the login" (main)`. */
async function describe(reader, checkout) {
  if (checkout === undefined) return 'nothing';
  const { repository, commit, branch } = checkout;
  const { subject = '' } = (await readDocument(reader, documentPath('observed', repository))) ?? {};
  return `${commit?.slice(0, 7) ?? 'no commit'}${subject === '' ? '' : ` "${subject}"`} (${branch ?? 'no branch'})`;
}

function documentPath(prefix, repository) {
  return `${prefix}/${encodeURIComponent(repository)}.json`;
}

function objectOf(repository) {
  return `repository ${repository}`;
}
