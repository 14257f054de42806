// The programs that the benchmark needs, from their Debian packages: installed where they are missing and we may.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { callersEnvironment, run } from './process.mjs';

/** @type {Record<string, string>} program → Debian package */
const PACKAGE_OF = {
  borg: 'borgbackup',
  cp: 'coreutils',
  diff: 'diffutils',
  git: 'git',
  restic: 'restic',
  rsync: 'rsync',
  tar: 'tar',
  time: 'time',
  zstd: 'zstd',
};

let listsAreFresh = false;

/**
 * Makes sure that programs are there; throws an error that names the missing package.
 * @param {string[]} programs
 * @param {(text: string) => void} report
 */
export async function ensurePrograms(programs, report) {
  for (const program of programs) {
    if (isInstalled(program)) continue;
    const name = PACKAGE_OF[program] ?? program;
    report(`installing the Debian package ${name}`);
    await ensurePackage({ name });
    if (!isInstalled(program)) throw new Error(`the package ${name} brought no program ${program}`);
  }
}

/**
 * Installs a Debian package unless `file` is there already; throws an error that names it where that can't be done.
 * @param {{ name: string, file?: string }} wanted
 */
export async function ensurePackage({ name, file }) {
  if (file !== undefined && existsSync(file)) return;
  if (process.getuid?.() !== 0)
    throw new Error(`the Debian package ${name} is missing: install it, or run as root`);
  const env = { ...callersEnvironment, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    if (!listsAreFresh) await run({ argv: ['apt-get', 'update', '-q'], env });
    listsAreFresh = true;
    await run({ argv: ['apt-get', 'install', '-q', '-y', '--no-install-recommends', name], env });
  } catch (cause) {
    throw new Error(`the Debian package ${name} is missing and could not be installed`, { cause });
  }
}

/** @param {string} program */
function isInstalled(program) {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => existsSync(join(directory, program)));
}
