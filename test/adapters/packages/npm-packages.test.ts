// Global packages of npm: their files are named for core, and the plan says which packages change with them.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packagesAdapter } from '#adapters/packages/packages-adapter.js';
import { applySteps, captureState, compareStates } from '../../fixtures/drive-adapter.js';
import { runTool } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

it('plans and checks what changes, and leaves the files to core', async () => {
  const prefix = createTemporaryDirectory();
  const options = { settings: { managers: ['npm'], npmPrefix: prefix } };
  const install = (name: string, version: string) => {
    const directory = join(prefix, 'lib/node_modules', name);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'package.json'), JSON.stringify({ name, version }));
  };
  mkdirSync(join(prefix, 'bin'));
  install('one', '1.0.0');
  install('@scope/two', '2.0.0');
  symlinkSync('../lib/node_modules/one/run.js', join(prefix, 'bin/one'));
  symlinkSync('/usr/bin/true', join(prefix, 'bin/other'));
  const kept = join(createTemporaryDirectory(), 'kept');
  runTool('cp', ['--archive', prefix, kept]);
  const to = await captureState(packagesAdapter, options);
  expect(await packagesAdapter.files?.({ component: 'it', ...options })).toEqual({
    paths: [join(prefix, 'lib/node_modules'), join(prefix, 'bin/one')],
  });

  install('one', '1.1.0');
  install('three', '3.0.0');
  rmSync(join(prefix, 'lib/node_modules/@scope'), { recursive: true });
  const from = await captureState(packagesAdapter, options);
  const { steps } = await compareStates(packagesAdapter, { from, to }, options);
  expect(steps.map(({ text }) => text)).toEqual([
    'put the files of @scope/two 2.0.0 back',
    'put the files of one 1.0.0 back in place of 1.1.0',
    'remove the files of three 3.0.0, which was not there',
  ]);

  const unfinished = await applySteps(packagesAdapter, steps, { ...options, from, to });
  expect(unfinished.problems[0]).toMatchObject({
    object: 'npm package @scope/two',
    code: 'VALIDATION_FAILED',
  });
  const putFiles = () => {
    runTool('rsync', ['--archive', '--checksum', '--delete', `${kept}/`, `${prefix}/`]);
  };
  const { problems, done } = await applySteps(packagesAdapter, steps, { ...options, from, to, putFiles });
  expect(problems).toEqual([]);
  expect(done).toEqual(['npm package @scope/two', 'npm package one', 'npm package three']);
});

it('takes a package whose description is broken as one of no version', async () => {
  const prefix = createTemporaryDirectory();
  const options = { settings: { managers: ['npm'], npmPrefix: prefix } };
  for (const [name, text] of Object.entries({ cut: '{ "version": "1.', nothing: 'null', list: '[]' })) {
    mkdirSync(join(prefix, 'lib/node_modules', name), { recursive: true });
    writeFileSync(join(prefix, 'lib/node_modules', name, 'package.json'), text);
  }
  const state = await captureState(packagesAdapter, options);
  expect(JSON.parse(state.text('state/npm/packages.json') ?? '')).toEqual({
    prefix,
    packages: { cut: 'of no version', nothing: 'of no version', list: 'of no version' },
  });
});
