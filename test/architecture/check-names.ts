// Names of files and folders: kebab-case, saying what is inside; and nothing unknown at the top level.

const TOP_LEVEL = new Set([
  '.ci',
  '.gitignore',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'adapters',
  'biome.json',
  'examples',
  'package-lock.json',
  'package.json',
  'src',
  'store',
  'test',
  'tsconfig.json',
]);

const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const SAYS_NOTHING = /(^|-)(utils?|helpers?|common|types|misc)$/;

/** Complaints about the top level of a project with these files. */
export function checkTopLevel(paths: Iterable<string>): string[] {
  const entries = new Set([...paths].map((path) => path.split('/')[0]));
  return [...entries]
    .filter((entry) => !TOP_LEVEL.has(entry))
    .map((entry) => `${entry}: is not part of the layout: put it into one of the folders`);
}

/** Complaints about the name of one code file; each part between dots is a name of its own. */
export function checkFileName(path: string): string[] {
  const names = path.split('/').flatMap((segment) => segment.split('.'));
  return names.flatMap((name) => {
    if (!KEBAB_CASE.test(name)) return [`${path}:1: '${name}' is not kebab-case`];
    return SAYS_NOTHING.test(name) ? [`${path}:1: '${name}' does not say what is inside`] : [];
  });
}
