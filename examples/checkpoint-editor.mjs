// An editor that saves before each change, and so can undo and redo as far back as its points go, also what an earlier session
// changed, or another program in between. `node examples/checkpoint-editor.mjs FILE` takes commands from standard input, one a
// line, as HELP has them; without FILE it shows itself on a file of its own.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { openSavepoint } from 'savepoint';

const HELP = `p          print             a TEXT     append a line      d N        delete line N
s/OLD/NEW/ replace           ! COMMAND  change "$1" by a program
u          undo              r          redo               h          history`;

/** The states that a file had, each a point: `#at` of them lie before the state that the file has now. */
class History {
  /** @type {import('savepoint').Point[]} */
  #states = [];
  #at = 0;
  #savepoint;
  #file;

  /**
   * @param {import('savepoint').Savepoint} savepoint
   * @param {string} file
   */
  constructor(savepoint, file) {
    this.#savepoint = savepoint;
    this.#file = file;
  }

  /** Goes on where the last session ended: at the state that the file still has, or behind all of them. */
  async open() {
    const points = await this.#savepoint.list();
    this.#states = points.filter(({ tags }) => tags.editor === this.#file);
    this.#at = this.#states.length;
    for (const [index, state] of [...this.#states.entries()].reverse()) {
      if (await this.#isNow(state)) {
        this.#at = index;
        return;
      }
    }
  }

  /** @param {import('savepoint').Point} state */
  async #isNow({ id }) {
    for await (const _ of this.#savepoint.diff({ before: id, after: 'live' })) return false;
    return true;
  }

  /**
   * To be called before the file is changed. What was undone can't be redone afterwards, and goes.
   * @param {string} change
   */
  async before(change) {
    const undone = this.#states.splice(this.#at);
    if (undone.length > 0) await this.#savepoint.forget(undone.map(({ id }) => id));
    await this.#save(`before ${change}`);
    this.#at++;
  }

  /** Answers what was undone. */
  async undo() {
    if (this.#at === 0) return undefined;
    if (this.#at === this.#states.length) await this.#save('latest');
    this.#at--;
    return this.#goTo(this.#states[this.#at]);
  }

  /** Answers what was done again. */
  async redo() {
    if (this.#at + 1 >= this.#states.length) return undefined;
    this.#at++;
    await this.#goTo(this.#states[this.#at]);
    return this.#states[this.#at - 1].message.slice('before '.length);
  }

  describe() {
    return this.#states.map(({ message }, index) => `${index === this.#at ? '*' : ' '} ${message}`);
  }

  /** @param {string} message */
  async #save(message) {
    const { point } = await this.#savepoint.save([this.#file], { message, tags: { editor: this.#file } });
    this.#states.push(point);
  }

  /** @param {import('savepoint').Point} point */
  async #goTo({ id, message }) {
    await this.#savepoint.restore(id);
    return message.slice('before '.length);
  }
}

/** @type {Readonly<Record<string, (text: string, rest: string) => string>>} */
const CHANGES = {
  a: (text, line) => `${text}${line}\n`,
  d: (text, number) =>
    text
      .split('\n')
      .filter((_, index) => index !== Number(number) - 1)
      .join('\n'),
};

/**
 * @param {string} file
 * @param {History} history
 * @param {string} line
 */
async function obey(file, history, line) {
  const [, command, rest] = /^(\S) ?(.*)$/.exec(line) ?? [];
  if (command === 'p') return readFileSync(file, 'utf8').trimEnd();
  if (command === 'h') return history.describe().join('\n');
  if (command === 'u') {
    const undone = await history.undo();
    return undone === undefined ? 'nothing to undo' : `undone: ${undone}`;
  }
  if (command === 'r') {
    const done = await history.redo();
    return done === undefined ? 'nothing to redo' : `done again: ${done}`;
  }
  const text = readFileSync(file, 'utf8');
  const [, before, after] = /^s\/([^/]+)\/([^/]*)\/$/.exec(line) ?? [];
  if (before === undefined && command !== '!' && CHANGES[command] === undefined) return HELP;
  await history.before(line);
  if (command === '!') {
    const { status } = spawnSync('sh', ['-c', rest, 'sh', file], { stdio: 'inherit' });
    return status === 0 ? '' : `exit code ${status}: undo takes back what it did`;
  }
  writeFileSync(file, before === undefined ? CHANGES[command](text, rest) : text.replaceAll(before, after));
  return '';
}

/**
 * @param {string} file
 * @param {string} store
 * @param {AsyncIterable<string>} lines
 */
async function edit(file, store, lines) {
  const savepoint = await openSavepoint({ store, create: true });
  try {
    const history = new History(savepoint, file);
    await history.open();
    for await (const line of lines) {
      const said = await obey(file, history, line);
      if (said !== '') console.log(said);
    }
  } finally {
    await savepoint.close();
  }
}

/** @param {readonly string[]} lines */
async function* of(...lines) {
  for (const line of lines) {
    console.log(`> ${line}`);
    yield line;
  }
}

/** @param {NodeJS.ReadableStream} input */
async function* linesOf(input) {
  // Made when the first line is asked for: what comes before that would be lost.
  yield* createInterface({ input });
}

async function demonstrate() {
  const directory = mkdtempSync(join(tmpdir(), 'checkpoint-editor-'));
  const [file, store] = ['poem', 'store'].map((name) => join(directory, name));
  writeFileSync(file, 'roses are red\n');
  try {
    await edit(file, store, of('a violets are green', 's/green/blue/', 'd 1', 'p', 'u', 'p', 'u', 'r', 'h'));
    console.log('the next session:');
    await edit(
      file,
      store,
      of('r', '! tr a-z A-Z < "$1" > "$1.new" && mv "$1.new" "$1"', 'p', 'u', 'u', 'p'),
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const [file] = process.argv.slice(2);
if (file === undefined) await demonstrate();
else {
  const store = process.env.SAVEPOINT_STORE ?? join(homedir(), '.local', 'state', 'checkpoints');
  await edit(resolve(file), store, linesOf(process.stdin));
}
