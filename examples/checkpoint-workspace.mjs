// For a tool that edits a workspace: a checkpoint before each edit, and a true undo, without touching the user's .git.
// Alone it shows that on a workspace of its own; with WORKSPACE COMMAND [ARGUMENT…] it runs COMMAND in WORKSPACE, and
// undoes what that did if it fails.
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openSavepoint } from 'savepoint';

/** What is not for the tool to bring back: the user's history, and what can be installed again. At any depth. */
const EXCLUDED = ['.git', 'node_modules'];

/** The checkpoints of one workspace, as a stack. They stay in the store when the program ends. */
class Checkpoints {
  /** @type {import('savepoint').Point[]} */
  #points = [];
  #savepoint;
  #workspace;

  /**
   * @param {import('savepoint').Savepoint} savepoint
   * @param {string} workspace
   */
  constructor(savepoint, workspace) {
    this.#savepoint = savepoint;
    this.#workspace = workspace;
  }

  /**
   * Takes a checkpoint. Files that have not changed since the last one are not even read.
   * @param {string} message
   */
  async take(message) {
    const saved = await this.#savepoint.save([this.#workspace], { message, exclude: EXCLUDED });
    // A file that cannot be read is no error for a backup, which saves what it can. For an undo it is.
    if (saved.problems.length > 0) throw new Error(`No checkpoint: ${describe(saved.problems)}`);
    this.#points.push(saved.point);
    const { files } = saved.point;
    console.log(`checkpoint "${message}": ${files} files, stored in ${saved.storedBytes} bytes`);
    return saved.point;
  }

  /** Says what has changed since the last checkpoint. */
  async showChanges() {
    const last = this.#points[this.#points.length - 1];
    for await (const { kind, path } of this.#savepoint.diff({ before: last.id, after: 'live' })) {
      // The empty path is the workspace itself: its time changes with each name in it.
      if (path !== '') console.log(`  ${kind} ${path}`);
    }
  }

  /** Brings the workspace back to the last checkpoint, and forgets that one. */
  async undo() {
    const point = this.#points.pop();
    if (point === undefined) throw new Error('There is nothing to undo.');
    // Without `delete`, files that were added since would stay. What was excluded is never removed.
    const { components } = await this.#savepoint.restore(point.id, { delete: true });
    const [{ steps, problems }] = components;
    if (problems.length > 0) throw new Error(`Not all is undone: ${describe(problems)}`);
    console.log(`back at "${point.message}" in ${steps.length} steps`);
  }
}

/** @param {readonly { path: string, message: string }[]} problems */
function describe(problems) {
  return problems.map(({ path, message }) => `${path}: ${message}`).join('\n');
}

/**
 * Runs `command` in `workspace`, between a checkpoint and, where it fails, an undo.
 * @param {string} workspace
 * @param {readonly string[]} command
 * @returns {Promise<number>} the command's exit code
 */
async function runUndoably(workspace, [program, ...args]) {
  // Outside of the workspace, so that the user's tools do not see it. All workspaces can share one store.
  const store = process.env.SAVEPOINT_STORE ?? join(homedir(), '.local', 'state', 'checkpoints');
  const savepoint = await openSavepoint({ store, create: true });
  try {
    const checkpoints = new Checkpoints(savepoint, workspace);
    const point = await checkpoints.take(`before ${program}`);
    const { status, error } = spawnSync(program, args, { cwd: workspace, stdio: 'inherit' });
    if (error !== undefined) console.log(error.message);
    await checkpoints.showChanges();
    if (status === 0) console.log(`to undo: savepoint --store ${store} restore ${point.name} --delete`);
    else await checkpoints.undo();
    return status ?? 1;
  } finally {
    await savepoint.close();
  }
}

/** A tool makes two edits, of which the second goes wrong, while the user and npm work in the same place. */
async function demonstrate() {
  const directory = mkdtempSync(join(tmpdir(), 'checkpoint-workspace-'));
  const workspace = join(directory, 'workspace');
  const program = join(workspace, 'src', 'greet.mjs');
  const head = join(workspace, '.git', 'HEAD');
  const installed = join(workspace, 'node_modules', 'installed.js');
  for (const name of ['src', '.git', 'node_modules']) mkdirSync(join(workspace, name), { recursive: true });
  writeFileSync(program, 'export const greet = () => "Hello";\n');
  writeFileSync(head, 'ref: refs/heads/main\n');
  const savepoint = await openSavepoint({ store: join(directory, 'store'), create: true });
  try {
    const checkpoints = new Checkpoints(savepoint, workspace);
    const original = readFileSync(program, 'utf8');

    await checkpoints.take('before renaming');
    writeFileSync(program, original.replace('greet', 'welcome'));
    await checkpoints.showChanges();
    const renamed = readFileSync(program, 'utf8');

    await checkpoints.take('before tidying up');
    rmSync(join(workspace, 'src'), { recursive: true });
    writeFileSync(join(workspace, 'greet.mjs'), '// it was here somewhere\n');
    writeFileSync(head, 'ref: refs/heads/topic\n');
    appendFileSync(installed, 'export {};\n');
    await checkpoints.showChanges();

    await checkpoints.undo();
    const isUndone = readFileSync(program, 'utf8') === renamed && !existsSync(join(workspace, 'greet.mjs'));
    console.log(`  the tidying is undone: ${isUndone}`);
    await checkpoints.undo();
    console.log(`  the renaming is undone: ${readFileSync(program, 'utf8') === original}`);
    console.log(`  the user's branch stands: ${readFileSync(head, 'utf8').trim()}`);
    console.log(`  what was installed stands: ${readFileSync(installed, 'utf8').trim()}`);
  } finally {
    await savepoint.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

const [workspace, ...command] = process.argv.slice(2);
if (workspace === undefined) {
  await demonstrate();
} else if (command.length > 0) {
  process.exitCode = await runUndoably(resolve(workspace), command);
} else {
  console.error('usage: node examples/checkpoint-workspace.mjs [WORKSPACE COMMAND [ARGUMENT…]]');
  process.exitCode = 2;
}
