// savepoint.yaml on the command line: what save takes from it, and what a rollback does by it.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createWorkspace, type Workspace } from './command-workspace.js';

interface Configured extends Workspace {
  readonly config: string;
  read(path: string): string;
}

/** Two trees, `app` and `etc`, and a configuration of both; `more` is added to that of etc. */
async function createConfigured(more = ''): Promise<Configured> {
  const workspace = createWorkspace();
  const { directory, tree } = workspace;
  const etc = join(directory, 'etc');
  mkdirSync(etc);
  writeFileSync(join(etc, 'port'), '80\n');
  writeFileSync(join(etc, 'skipped.log'), 'log');
  const config = join(directory, 'savepoint.yaml');
  writeFileSync(
    config,
    `components:
  app: { kind: files, paths: [${tree}], after: [etc] }
  etc: { kind: config, paths: [${etc}], exclude: ['*.log']${more} }
`,
  );
  return { ...workspace, config, read: (path) => readFileSync(join(directory, path), 'utf8') };
}

test('save takes the configured components as one point, with what is said of them', async () => {
  const { json, run } = await createConfigured(', critical: true, validate: ["true"]');
  const saved = await json('save');
  expect(saved.point.components).toEqual(['app', 'etc']);
  const { components } = await json('show', 'latest');
  expect(components).toMatchObject([
    { name: 'app', kind: 'files', category: 'filesystem', dependsOn: ['etc'], onError: 'continue' },
    { name: 'etc', kind: 'config', category: 'configuration', critical: true, validate: ['true'] },
  ]);
  expect((await run(['cat', 'latest', 'etc:skipped.log'])).exitCode).toBe(3);
});

test('save takes components by name and by category', async () => {
  const { json, config } = await createConfigured();
  expect((await json('save', '--component', 'etc')).point.components).toEqual(['etc']);
  expect((await json('save', '--component', 'filesystem', '--config', config)).point.components).toEqual([
    'app',
  ]);
});

test.each([
  [['save', '--component', 'ect'], 3, "There is no component 'ect' in .* Did you mean etc"],
  [['save', '--exclude', 'x'], 2, '--exclude goes with paths'],
  [['save', 'app', '--component', 'etc'], 2, '--component and paths exclude each other'],
  [['save', '--config', 'none.yaml'], 3, 'There is no file .*none.yaml'],
])('%j is refused', async (args, code, message) => {
  const { run } = await createConfigured();
  const { exitCode, stderr } = await run(args);
  expect([exitCode, stderr]).toEqual([code, expect.stringMatching(message)]);
});

test('a wrong configuration is refused with line, column and the nearest word, before a store is made', async () => {
  const { run, config, json } = await createConfigured();
  writeFileSync(config, 'components:\n  etc: { kind: config, path: [/etc] }\n');
  const { exitCode, stderr } = await run(['save']);
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/:2:24: .*'path'.*Did you mean paths/s)]);
  expect((await json('save')).error).toMatchObject({ code: 'CONFIG_INVALID', line: 2, column: 24 });
  expect((await run(['list'])).exitCode).toBe(1);
});

test('a rollback whose validator fails goes back, and says what the validator said', async () => {
  const { run, read, directory } = await createConfigured(
    `, critical: true, validate: ["grep -q 81 ETC/port || { echo bad port; exit 4; }"]`,
  );
  writeFileSync(
    join(directory, 'savepoint.yaml'),
    read('savepoint.yaml').replace('ETC', join(directory, 'etc')),
  );
  await run(['save', '--name', 'first']);
  for (const path of ['etc/port', 'app/app.conf']) writeFileSync(join(directory, path), '81');
  const { exitCode, stderr } = await run(['rollback', 'first', '--yes']);
  expect([exitCode, stderr]).toEqual([10, expect.stringContaining('ended with exit code 4: bad port')]);
  expect([read('etc/port'), read('app/app.conf')]).toEqual(['81', '81']);
  // Without the file, what the point recorded holds.
  rmSync(join(directory, 'savepoint.yaml'));
  expect((await run(['rollback', 'first', '--yes'])).exitCode).toBe(5);
  expect((await run(['rollback', 'first', '--yes', '--force'])).exitCode).toBe(10);
});

test('only the component goes back whose failure need not stop the others', async () => {
  const { run, read, json, directory } = await createConfigured(', validate: ["exit 5"]');
  await run(['save', '--name', 'first']);
  for (const path of ['etc/port', 'app/app.conf']) writeFileSync(join(directory, path), '81');
  const rolled = await json('rollback', 'first', '--yes');
  expect(rolled).toMatchObject({
    outcome: 'incomplete',
    message: expect.stringContaining('etc went back to the state before'),
    problems: [{ component: 'etc', code: 'VALIDATION_FAILED' }],
  });
  expect([read('etc/port'), read('app/app.conf')]).toEqual(['81', 'port = 80\n']);
  expect((await run(['undo'])).exitCode).toBe(0);
  expect([read('etc/port'), read('app/app.conf')]).toEqual(['81', '81']);
});

test('an undo goes back to what was there, whatever a validator says of it', async () => {
  const { run, read, config, directory } = await createConfigured();
  const components = read('savepoint.yaml');
  const sound = `validate: ["grep -q 80 ${join(directory, 'etc/port')}"]`;
  writeFileSync(config, components.replace("exclude: ['*.log']", `critical: true, ${sound}`));
  await run(['save', '--name', 'first']);
  writeFileSync(join(directory, 'etc/port'), '81');
  expect((await run(['rollback', 'first', '--yes'])).exitCode).toBe(0);
  expect(read('etc/port')).toBe('80\n');
  expect((await run(['undo'])).exitCode).toBe(0);
  expect(read('etc/port')).toBe('81');
});

test('a component with swap goes back as a whole, and an undo heeds what the configuration says by then', async () => {
  const { run, read, json, config, directory } = await createConfigured(', swap: true');
  await run(['save', '--name', 'first']);
  expect((await json('show', 'first')).components).toMatchObject([
    { name: 'app' },
    { name: 'etc', swap: true },
  ]);
  writeFileSync(join(directory, 'etc/port'), '81');
  const inode = () => statSync(join(directory, 'etc')).ino;
  const before = inode();
  expect((await run(['rollback', 'first', '--yes'])).exitCode).toBe(0);
  const swapped = inode();
  expect([read('etc/port'), read('etc/skipped.log'), swapped === before]).toEqual(['80\n', 'log', false]);
  writeFileSync(config, read('savepoint.yaml').replace('swap: true', 'swap: false'));
  expect((await run(['undo'])).exitCode).toBe(0);
  expect([read('etc/port'), inode()]).toEqual(['81', swapped]);
  writeFileSync(config, read('savepoint.yaml').replace('swap: false', 'swap: true'));
  expect((await run(['redo'])).exitCode).toBe(0);
  expect([read('etc/port'), inode() === swapped]).toEqual(['80\n', false]);
});

test('a validator that no shell understands stops a rollback before it begins', async () => {
  const { run, read, directory } = await createConfigured(', validate: ["if then"]');
  await run(['save', '--name', 'first']);
  writeFileSync(join(directory, 'etc/port'), '81');
  const { exitCode, stderr } = await run(['rollback', 'first', '--yes']);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining("The validator 'if then' of etc")]);
  expect(read('etc/port')).toBe('81');
});

test('a configuration that is broken and that nobody named keeps no rollback from being done', async () => {
  const { run, read, config, directory } = await createConfigured();
  await run(['save', '--name', 'first']);
  writeFileSync(join(directory, 'etc/port'), '81');
  writeFileSync(config, 'components: [');
  expect((await run(['rollback', 'first', '--yes', '--config', config])).exitCode).toBe(2);
  const { exitCode, stderr } = await run(['rollback', 'first', '--yes']);
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining('going on by what the point recorded')]);
  expect(read('etc/port')).toBe('80\n');
});

test('a point says how the system was when it was saved, by the health checks of the configuration', async () => {
  const { json, run, config, read } = await createConfigured();
  const health = (command: string) => `guard: { health: [{ command: "${command}", required: false }] }\n`;
  const components = read('savepoint.yaml');
  writeFileSync(config, components + health('true'));
  expect((await json('save', '--name', 'well')).point.health).toBe('healthy');
  writeFileSync(config, components + health('echo ill; exit 1'));
  const { exitCode, stderr } = await run(['save', '--name', 'ill']);
  expect(exitCode).toBe(0);
  expect(stderr).toContain('(not required) ended with exit code 1: ill; the point is marked degraded');
  expect((await json('show', 'ill')).point.health).toBe('degraded');
});
