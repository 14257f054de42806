// Three components with each kind of step between what they were and what became of them: files that go, come, are
// replaced, re-attributed, linked, and change their type.
import { chmodSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runTool } from '../fixtures/run-tool.js';

export const COMPONENTS = ['etc', 'app', 'web'];

/** What the point holds. */
export function makeTarget(root: string): void {
  for (const name of COMPONENTS) {
    const directory = join(root, name);
    write(directory, `kept`, 'kept');
    write(directory, `replaced`, `${name} as it was`);
    write(directory, `re-attributed`, 'the same');
    write(directory, `deep/er/created`, 'comes back');
    write(directory, `to-directory`, 'a file');
    write(directory, `to-file/in it`, 'a directory');
    write(directory, `linked`, 'one of two');
    shell(
      directory,
      `ln linked deep/second; ln -s kept link; mkfifo pipe; setfattr -n user.a -v 1 re-attributed`,
    );
    chmodSync(join(directory, 're-attributed'), 0o4711);
    utimesSync(join(directory, 'deep'), 1e9, 1e9);
  }
}

/** What an update made of them. */
export function makeOriginal(root: string): void {
  for (const name of COMPONENTS) {
    const directory = join(root, name);
    write(directory, `replaced`, 'broken by the update');
    write(directory, `added`, 'goes');
    write(directory, `new/below`, 'goes with its directory');
    const script = `
      rm -r deep pipe to-file; rm to-directory; mkdir to-directory; echo x > to-directory/x; echo y > to-file
      rm linked; echo other > linked; ln -sfn elsewhere link
      chmod 600 re-attributed; setfattr -x user.a re-attributed; setfattr -n user.b -v 2 re-attributed
    `;
    shell(directory, script);
  }
}

function write(directory: string, path: string, content: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), content);
}

function shell(directory: string, script: string): void {
  runTool('bash', ['-euc', script], { cwd: directory });
}
