// A directory that looks like parts of /proc and /sys: for what is one for the whole machine, and must not be changed there.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createTemporaryDirectory } from '../../fixtures/temporary-directory.js';

export interface CopiedKernel {
  readonly root: string;
  /** Makes files, with the directories above them; `fixed` ones can't be written, by their mode. */
  show(files: Readonly<Record<string, string>>, options?: { readonly fixed: boolean }): void;
  text(path: string): string;
}

export function createCopiedKernel(): CopiedKernel {
  const root = createTemporaryDirectory();
  return {
    root,
    show(files, options = { fixed: false }) {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), `${text}\n`);
        chmodSync(join(root, path), options.fixed ? 0o444 : 0o644);
      }
    },
    text: (path) => readFileSync(join(root, path), 'utf8').trim(),
  };
}
