// Programs that people use, on what is served.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type RunResult, runCommand } from '../../fixtures/run-command.js';
import { createSavedTree, type SavedTree } from '../../fixtures/saved-tree.js';
import { type ServedTree, serve } from './served-tree.js';

function rclone(served: ServedTree, tree: SavedTree, ...args: string[]): Promise<RunResult> {
  const config = join(tree.directory, 'rclone.conf');
  writeFileSync(config, `[dav]\ntype = webdav\nurl = ${served.url}\nvendor = other\n`);
  return runCommand('rclone', ['--config', config, ...args]);
}

test('rclone lists, compares and copies a point, and changes nothing', async () => {
  const tree = await createSavedTree();
  for (let number = 0; number < 60; number++) {
    tree.write(
      `d${number % 7}/e${number % 3}/file ${number} ü#%?+&.txt`,
      `content ${number}\n`.repeat(number),
    );
  }
  tree.write('empty', '');
  tree.write('large', Buffer.alloc(5 << 20, 'neither small nor random '));
  await tree.save('one');
  symlinkSync('.', join(tree.root, 'loop'));
  await tree.save('two');
  const served = await serve(tree);
  const run = (...args: string[]) => rclone(served, tree, ...args);
  const checked = await run('check', '--download', '--skip-links', 'dav:by-name/two/tree', tree.root);
  expect(checked.stderr).toContain('62 matching files');
  expect([checked.exitCode, checked.stderr]).toEqual([0, expect.stringContaining('0 differences found')]);
  const target = join(tree.directory, 'copy');
  expect(await run('copy', 'dav:by-name/one/tree', target)).toMatchObject({ exitCode: 0 });
  const compared = await runCommand('diff', [
    '--recursive',
    '--no-dereference',
    '--exclude=loop',
    tree.root,
    target,
  ]);
  expect([compared.stdout, compared.exitCode]).toEqual(['', 0]);
  expect((await run('lsf', 'dav:')).stdout).toBe('by-name/\nby-time/\nlatest/\n');
  expect((await run('cat', 'dav:latest/tree/d3/e0/file 3 ü#%?+&.txt')).stdout).toBe('content 3\n'.repeat(3));
  for (const args of [
    ...[
      ['copyto', join(tree.root, 'empty'), 'dav:latest/tree/new'],
      ['deletefile', 'dav:latest/tree/empty'],
    ],
    ['mkdir', 'dav:latest/tree/new-directory'],
  ]) {
    const { stderr, exitCode } = await run('--retries', '1', '--low-level-retries', '1', ...args);
    expect([exitCode, stderr]).toEqual([expect.any(Number), expect.stringMatching(/40[35]/)]);
    expect(exitCode).not.toBe(0);
  }
  expect(served.problems).toEqual([]);
});

test('curl takes a part, and goes on where it was cut short', async () => {
  const tree = await createSavedTree();
  const content = Buffer.from(Array.from({ length: 3 << 20 }, (_, index) => (index * 7) ^ (index >> 9)));
  tree.write('file', content);
  await tree.save('one');
  const served = await serve(tree, { point: 'one' });
  const target = join(tree.directory, 'part');
  const curl = (...args: string[]) => runCommand('curl', ['--fail', '--silent', '--show-error', ...args]);
  writeFileSync(target, content.subarray(0, 1_234_567));
  const url = `${served.url}tree/file`;
  expect(await curl('--continue-at', '-', '--output', target, url)).toMatchObject({ exitCode: 0 });
  expect(Buffer.compare(readFileSync(target), content)).toBe(0);
  const tags = join(tree.directory, 'etag');
  await curl('--etag-save', tags, '--output', target, url);
  const again = await curl(
    '--etag-compare',
    tags,
    '--write-out',
    '%{http_code}',
    '--output',
    '/dev/null',
    url,
  );
  expect(again.stdout).toBe('304');
  const pushed = await curl('--upload-file', target, `${served.url}tree/new`);
  expect([pushed.exitCode, pushed.stderr]).toEqual([22, expect.stringContaining('405')]);
});

test('cadaver walks through it', async () => {
  const tree = await createSavedTree();
  tree.write('d/file', 'content\n');
  mkdirSync(join(tree.root, 'none'));
  await tree.save('one');
  const served = await serve(tree);
  const script = 'cd latest/tree\nls\ncd d\nget file file-of-it\nput file-of-it new\nquit\n';
  const { stdout } = await runCommand('cadaver', [served.url], { cwd: tree.directory, input: script });
  expect(stdout).toMatch(/Coll: +d +0 /);
  expect(stdout).toMatch(/Coll: +none +0 /);
  expect(stdout).toContain('405 Method Not Allowed');
  expect(readFileSync(join(tree.directory, 'file-of-it'), 'utf8')).toBe('content\n');
});

test('many clients at once get what they ask for', async () => {
  const tree = await createSavedTree();
  for (let number = 0; number < 150; number++) {
    tree.write(`d${number % 5}/file-${number}`, `${number}\n`.repeat(1 + ((number * 37) % 5000)));
  }
  await tree.save('one');
  const served = await serve(tree);
  const url = `${served.url}latest/tree/`;
  const copies = [0, 1, 2, 3].map((number) => join(tree.directory, `copy-${number}`));
  const runs = await Promise.all(
    copies.map((copy) => rclone(served, tree, 'copy', '--transfers', '8', 'dav:latest/tree', copy)),
  );
  for (const { exitCode, stderr } of runs) expect([exitCode, stderr]).toEqual([0, '']);
  for (const copy of copies) {
    expect(await runCommand('diff', ['--recursive', tree.root, copy])).toMatchObject({
      stdout: '',
      exitCode: 0,
    });
  }
  expect((await runCommand('curl', ['--silent', url])).stdout).toContain('<table>');
});
