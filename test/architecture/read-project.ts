// The project as git sees it: what is committed, and what is new and not ignored.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from './resolve-import.js';

const TEXT = /(\.([cm]?[jt]s|md|ya?ml|sh)|^package\.json|^\.ci\/[^/]+)$/;

/** The files under `directory` by path; those that no rule reads have no text. */
export function readProject(directory: string): Project {
  const listing = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: directory,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  const paths = listing.split('\0').filter((path) => path !== '' && existsSync(join(directory, path)));
  return new Map(
    [...new Set(paths)]
      .sort()
      .map((path) => [path, TEXT.test(path) ? readFileSync(join(directory, path), 'utf8') : '']),
  );
}
