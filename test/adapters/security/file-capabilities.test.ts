// Capabilities are found on whatever regular files there are below the paths, in a moment, without following links.
import { chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findCapabilities, isFileThere, readCapability } from '#adapters/security/file-capabilities.js';
import type { StateProblem } from '#adapters/state/state-adapter.js';
import { runTool, runToolOnPaths } from '../../fixtures/run-tool.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

function find(...paths: string[]) {
  const problems: StateProblem[] = [];
  const found = findCapabilities({ paths, report: (problem) => problems.push(problem) });
  return { ...found, problems };
}

test('among thousands of files, those that have any are found in a moment', () => {
  const root = createTemporaryDirectory();
  for (let directory = 0; directory < 10; directory++) {
    mkdirSync(join(root, `${directory}`));
    for (let file = 0; file < 300; file++) writeFileSync(join(root, `${directory}`, `${file}`), '');
  }
  const path = join(root, '7', '77');
  runTool('setcap', ['cap_net_raw=ep', path]);
  const start = performance.now();
  const { searched, files, problems } = find(root, join(root, '7'));
  expect(performance.now() - start).toBeLessThan(5_000);
  expect([searched, Object.keys(files), problems]).toEqual([[root, join(root, '7')], [path], []]);
  expect(files[path].text).toBe(runTool('getcap', [path]).toString().trim().split(' ').at(-1));
});

test('links are not followed but for a path that is one, and what is not there has none', () => {
  const root = createTemporaryDirectory();
  mkdirSync(join(root, 'bin'));
  mkdirSync(join(root, 'other'));
  for (const name of ['bin/tool', 'other/tool']) {
    writeFileSync(join(root, name), '');
    runTool('setcap', ['cap_net_raw=ep', join(root, name)]);
  }
  symlinkSync('bin', join(root, 'link'));
  symlinkSync('../other', join(root, 'bin/other'));
  symlinkSync('../other/tool', join(root, 'bin/link'));
  const { searched, files } = find(join(root, 'link'), join(root, 'missing'));
  expect(searched).toEqual([join(root, 'bin'), join(root, 'missing')]);
  expect(Object.keys(files)).toEqual([join(root, 'bin/tool')]);
  expect(Object.keys(find(join(root, 'other/tool')).files)).toEqual([join(root, 'other/tool')]);
  expect([isFileThere(join(root, 'bin/link')), isFileThere(join(root, 'bin/tool'))]).toEqual([false, true]);
});

test('names that are not UTF-8 are names like all others', () => {
  const root = createTemporaryDirectory();
  const path = Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9])]);
  writeFileSync(path, '');
  runToolOnPaths(['setcap', 'cap_net_raw=ep'], [path]);
  expect(Object.keys(find(root).files)).toEqual([`${root}/caf\udce9`]);
  expect(readCapability(`${root}/caf\udce9`)?.text).toBe('cap_net_raw=ep');
});

test('files that others can write are kept apart', () => {
  const root = createTemporaryDirectory();
  for (const [name, mode] of Object.entries({ mine: 0o755, group: 0o775, theirs: 0o755 })) {
    writeFileSync(join(root, name), '', { mode });
    runTool('chmod', [mode.toString(8), join(root, name)]);
    if (name === 'theirs') chownSync(join(root, name), 1234, 0);
    runTool('setcap', ['cap_net_raw=ep', join(root, name)]);
  }
  const { files, ofOthers } = find(root);
  expect(Object.keys(files)).toEqual([join(root, 'mine')]);
  expect(Object.keys(ofOthers)).toEqual([join(root, 'group'), join(root, 'theirs')]);
});
