// Which files of packages are not as the packages brought them, by dpkg's own account. Files of configuration are not looked at:
// they are there to be changed.
import { readdirSync, readFileSync } from 'node:fs';
import { ABSENT, tolerate } from '../backends/storage-error.js';
import { runProgram } from '../system/run-program.js';
import { packageWord } from './dpkg-database.js';
import type { PackageDocument } from './package-document.js';

const TIMEOUT_MS = 30 * 60_000;
const SETTINGS = '/etc/dpkg';

/** The absolute paths, in order. */
export async function findDeviatingFiles(
  packages: readonly Pick<PackageDocument, 'name' | 'architecture'>[],
): Promise<string[]> {
  if (packages.length === 0) return [];
  // It ends with 1 where something deviates, or where a package is not there by now.
  const result = await runProgram('dpkg', ['--verify', ...packages.map(packageWord)], {
    timeoutMs: TIMEOUT_MS,
  });
  const isLeftOut = readExclusions();
  const paths = result.stdout
    .toString('utf8')
    .split('\n')
    .flatMap((line) => {
      const match = /^(missing {2}|\S{9}) ([ c]) (\/.*?)( \(.*\))?$/.exec(line);
      if (match === null || match[2] === 'c') return [];
      const path = match[3] as string;
      return match[1] === 'missing  ' && isLeftOut(path) ? [] : [path];
    });
  return [...new Set(paths)].sort();
}

/** Whether dpkg is told not to unpack a path: see path-exclude in dpkg(1). */
export function readExclusions(): (path: string) => boolean {
  const rules = settingLines().flatMap((line) => {
    const match = /^\s*path-(exclude|include)[\s=]+(.+?)\s*$/.exec(line);
    return match === null
      ? []
      : [{ excludes: match[1] === 'exclude', pattern: toPattern(match[2] as string) }];
  });
  return (path) => rules.filter(({ pattern }) => pattern.test(path)).at(-1)?.excludes === true;
}

function settingLines(): string[] {
  const directory = `${SETTINGS}/dpkg.cfg.d`;
  const names = tolerate(ABSENT, () => readdirSync(directory)) ?? [];
  const files = [`${SETTINGS}/dpkg.cfg`, ...names.sort().map((name) => `${directory}/${name}`)];
  return files.flatMap((file) => tolerate(ABSENT, () => readFileSync(file, 'utf8').split('\n')) ?? []);
}

/** As fnmatch(3) without flags: wildcards match slashes, too. */
function toPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '[^]*')
    .replaceAll('?', '[^]');
  return new RegExp(`^${source}$`);
}
