// Mounting by a user who is not root, through fusermount3, where /dev/fuse is open to all, as it is on most systems.
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from '../../fixtures/run-command.js';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';
import { CLI } from '../cli/command-workspace.js';

const NOBODY = 65534;

/** What a script says that root begins, in mounts of its own; `$as_nobody` in front of a command runs it as another user. */
async function runInNamespace(directory: string, script: string): Promise<string> {
  const beginning = `set -e
    mknod -m 666 "$1/fuse" c 10 229 && mount --bind "$1/fuse" /dev/fuse
    as_nobody='setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups'
    savepoint() { $as_nobody '${process.execPath}' '${CLI}' --store "$D/store" --no-progress "$@"; }
    D=$1`;
  const words = ['-m', 'sh', '-c', `${beginning}\n${script}`, 'sh', directory];
  const { stdout, stderr } = await runCommand('unshare', words);
  return stdout + stderr;
}

function createOwnDirectory(): string {
  const directory = createTemporaryDirectory();
  for (const name of ['tree', 'mounted']) mkdirSync(join(directory, name));
  writeFileSync(join(directory, 'tree/a'), 'content\n');
  for (const name of ['tree', 'tree/a', 'mounted', '.']) chownSync(join(directory, name), NOBODY, NOBODY);
  chmodSync(directory, 0o755);
  return directory;
}

test('who is not root mounts, reads and unmounts', async () => {
  const said = await runInNamespace(
    createOwnDirectory(),
    `savepoint save "$D/tree" --name one --quiet 2>/dev/null
     savepoint mount one "$D/mounted" --background --json > /dev/null && echo mounted
     $as_nobody cat "$D/mounted/tree/a"
     grep -c " $D/mounted " /proc/self/mountinfo
     (cd "$D/mounted" 2>/dev/null && echo root) || echo 'not root'
     savepoint umount "$D/mounted" > /dev/null
     grep -c " $D/mounted " /proc/self/mountinfo || echo unmounted`,
  );
  expect(said.split('\n')).toEqual(['mounted', 'content', '1', 'not root', '0', 'unmounted', '']);
});

test('what is in use is refused, and taken away with --force', async () => {
  const said = await runInNamespace(
    createOwnDirectory(),
    `savepoint save "$D/tree" --name one --quiet 2>/dev/null
     savepoint mount one "$D/mounted" --background --json > /dev/null
     $as_nobody sh -c 'cd "$1/mounted"; echo in use > "$1/ready"; exec tail -f /dev/null' sh "$D" > /dev/null 2>&1 &
     until test -s "$D/ready"; do :; done
     savepoint umount "$D/mounted" 2>&1 | grep -o 'in use by tail'
     savepoint umount --force "$D/mounted" > /dev/null
     grep -c " $D/mounted " /proc/self/mountinfo || echo unmounted
     kill $!`,
  );
  expect(said).toContain('in use by tail\n0\nunmounted\n');
});

test('where fusermount3 cannot do it, that is said', async () => {
  const directory = createOwnDirectory();
  chownSync(join(directory, 'mounted'), 0, 0);
  const said = await runInNamespace(
    directory,
    `savepoint save "$D/tree" --name one --quiet 2>/dev/null
     savepoint mount one "$D/mounted" || echo "exit code $?"`,
  );
  expect(said).toMatch(/^exit code 1$/m);
  expect(said).toMatch(/mounted on \(fusermount3: .*\): repeat as root/);
});
