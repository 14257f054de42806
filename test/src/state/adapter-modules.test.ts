// State adapters of modules that a configuration names: whatever they throw is a failure that is told and taken back.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openSavepoint } from 'savepoint';
import { expect, it, onTestFinished } from 'vitest';
import { runCommand } from '../../fixtures/run-command.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

const ROOT = new URL('../../../', import.meta.url);
const PROGRAM = new URL('dist/program/savepoint.js', ROOT).pathname;
const LIBRARY = pathToFileURL(new URL('dist/src/index.js', ROOT).pathname).href;

const MODULE = `
import { readFileSync, writeFileSync } from 'node:fs';
import { SavepointError } from '${LIBRARY}';
export const adapter = Object.freeze({
  kind: 'one-value', version: 1, category: 'service', supports: { restore: true },
  async *capture({ settings }) {
    const content = readFileSync(settings.file);
    if (content.toString() === 'odd') throw new SavepointError('STATE_UNREADABLE', 'It is odd: make it even.');
    yield { path: 'state/value', content };
  },
  async compare({ to, changed }) {
    const steps = [];
    for (const path of changed)
      steps.push({ object: 'value', do: 'set', text: 'set it', data: new TextDecoder().decode(await to.read(path)) });
    return { steps, unrestorable: steps.map(() => ({ object: 'note', text: 'nobody kept it' })) };
  },
  async stage(steps) { return steps.map(({ data }) => data); },
  async apply([value], { settings }) {
    if (value === 'bad') throw new TypeError('value.trim is no function');
    if (value !== undefined) writeFileSync(settings.file, value);
    return [];
  },
});
`;

function scene() {
  const directory = createTemporaryDirectory();
  const [file, module, config] = ['value', 'adapter.mjs', 'savepoint.yaml'].map((name) =>
    join(directory, name),
  );
  writeFileSync(module, MODULE);
  const components = { one: { kind: 'custom', adapter: 'one-value', settings: { file }, onError: 'abort' } };
  writeFileSync(config, JSON.stringify({ adapters: [module], components }));
  const store = join(directory, 'store');
  const run = (...args: string[]) =>
    runCommand(process.execPath, [PROGRAM, ...args, '--store', store, '--config', config]);
  return { file, module, run, store };
}

it('takes a rollback back where one throws in the middle, and leaves nothing to recover', async () => {
  const { file, module, run, store } = scene();
  writeFileSync(file, 'bad');
  expect((await run('save', '--name', 'first')).exitCode).toBe(0);
  writeFileSync(file, 'good');
  const { exitCode, stderr } = await run('rollback', 'first', '--yes');
  expect([exitCode, stderr]).toEqual([
    10,
    expect.stringContaining(
      `failed in apply: TypeError: value.trim is no function. Mend the module ${module}`,
    ),
  ]);
  expect(readFileSync(file, 'utf8')).toBe('good');
  const savepoint = await openSavepoint({ store });
  onTestFinished(() => savepoint.close());
  expect(await savepoint.recover()).toMatchObject({ did: 'nothing' });
});

it('tells what one says, and what the system says to it', async () => {
  const { file, run } = scene();
  writeFileSync(file, 'odd');
  const refused = await run('save');
  expect([refused.exitCode, refused.stderr]).toEqual([
    1,
    expect.stringContaining("The component 'one' can't be captured: It is odd: make it even."),
  ]);
  const { run: elsewhere } = scene();
  const missing = await elsewhere('save');
  expect([missing.exitCode, missing.stderr]).toEqual([
    1,
    expect.stringContaining('failed in capture: Error: ENOENT'),
  ]);
  expect(missing.stderr).not.toContain('bug');
});

it('says after a rollback, too, what could not be put back', async () => {
  const { file, run } = scene();
  writeFileSync(file, 'good');
  await run('save', '--name', 'first');
  writeFileSync(file, 'better');
  const { exitCode, stderr, stdout } = await run('rollback', 'first', '--yes');
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Rolled 1 setting in one back')]);
  expect(stderr).toContain("one: note can't be put back: nobody kept it");
});
