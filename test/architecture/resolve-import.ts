// Where an import specifier leads: to a file of our own, to Node, or to a package.
// Understands relative paths, the '#store/…' aliases, paths through dist/, and the package's own name.
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';

export type ImportTarget =
  | { readonly kind: 'own'; readonly path: string }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'package'; readonly name: string };

/** The files of the project, by path from its root, with their text. */
export type Project = ReadonlyMap<string, string>;

/** The fields of `package.json` that the rules read; a project without one has no dependencies. */
export interface PackageManifest {
  readonly name?: string;
  readonly exports?: Readonly<Record<string, string | { readonly default?: string }>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export function readManifest(project: Project): PackageManifest {
  return JSON.parse(project.get('package.json') ?? '{}') as PackageManifest;
}

/** What `specifier` in the file `importer` leads to. A path of our own keeps '../' where it leaves the project. */
export function resolveImport(project: Project, importer: string, specifier: string): ImportTarget {
  if (specifier.startsWith('.')) {
    return { kind: 'own', path: findSource(project, posix.join(posix.dirname(importer), specifier)) };
  }
  if (specifier.startsWith('#')) return { kind: 'own', path: findSource(project, specifier.slice(1)) };
  if (isBuiltin(specifier)) return { kind: 'node', name: specifier };
  const parts = specifier.split('/');
  const name = parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
  const manifest = readManifest(project);
  if (name !== manifest.name) return { kind: 'package', name };
  if (specifier === name) return { kind: 'own', path: 'src/index.ts' };
  return { kind: 'own', path: findExported(project, manifest, parts.slice(1).join('/')) };
}

/** What the package gives out under `subpath`; that itself where it is a file. */
function findExported(project: Project, { exports = {} }: PackageManifest, subpath: string): string {
  const exported = exports[`./${subpath}`];
  const path = typeof exported === 'string' ? exported : exported?.default;
  return path === undefined ? subpath : findSource(project, posix.normalize(path));
}

/** What `src/cli/bundle-program.mjs` makes programs of. */
const PROGRAMS: ReadonlyMap<string, string> = new Map([
  ['dist/program/savepoint.js', 'src/cli/main.ts'],
  ['dist/program/git-remote-savepoint.js', 'src/git/git-remote-savepoint.ts'],
]);

/** The source of the built file `path`, whether or not it exists. */
function findSource(project: Project, path: string): string {
  const program = PROGRAMS.get(path);
  if (program !== undefined) return program;
  const inSources = path.replace(/^dist\//, '');
  if (project.has(inSources)) return inSources;
  return inSources.replace(/\.(m?)js$/, '.$1ts');
}
