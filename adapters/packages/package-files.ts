// The files of installed packages as dpkg has listed them, at the places where they are: after diversions, and with what was a
// directory in the package as a directory, be it a link to one by now.
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { tolerate } from '../backends/storage-error.js';
import { type DpkgPackage, packageKey } from './dpkg-database.js';

const DATABASE = '/var/lib/dpkg';
const INFO = `${DATABASE}/info`;

/** Names below /var/lib/dpkg/info that are no part of a package. */
const OWN_KINDS = new Set(['list']);

export interface InfoFiles {
  /** The absolute path of a package's file of a kind: `postinst`, `md5sums`, … */
  find(each: DpkgPackage, kind: string): string | undefined;
  /** All that come from the package itself, by kind, in order. */
  control(each: DpkgPackage): readonly (readonly [kind: string, path: string])[];
}

export function readInfoFiles(): InfoFiles {
  const kinds = new Map<string, string[]>();
  for (const name of readdirSync(INFO).sort()) {
    const dot = name.lastIndexOf('.');
    const owner = name.slice(0, dot);
    if (dot > 0) kinds.set(owner, [...(kinds.get(owner) ?? []), name.slice(dot + 1)]);
  }
  const ownerOf = (each: DpkgPackage) => (kinds.has(packageKey(each)) ? packageKey(each) : each.name);
  return {
    find: (each, kind) =>
      kinds.get(ownerOf(each))?.includes(kind) === true ? `${INFO}/${ownerOf(each)}.${kind}` : undefined,
    control: (each) =>
      (kinds.get(ownerOf(each)) ?? [])
        .filter((kind) => !OWN_KINDS.has(kind))
        .map((kind) => [kind, `${INFO}/${ownerOf(each)}.${kind}`] as const),
  };
}

/** A file of a package: its name there, and where it is. */
export interface PackageFile {
  readonly path: string;
  readonly place: string;
}

export interface FileLists {
  filesOf(each: DpkgPackage): PackageFile[];
  /** Whether some package has files below it. */
  isParent(path: string): boolean;
}

export function readFileLists(info: InfoFiles): FileLists {
  const diversions = readDiversions();
  const parents = new Set<string>();
  for (const name of readdirSync(INFO)) {
    if (!name.endsWith('.list')) continue;
    for (const path of readLines(`${INFO}/${name}`)) parents.add(posix.dirname(path));
  }
  return {
    isParent: (path) => parents.has(path),
    filesOf(each) {
      const list = info.find(each, 'list');
      const paths = list === undefined ? [] : readLines(list);
      return paths.map((path) => {
        const diverted = diversions.get(path);
        return { path, place: diverted === undefined || diverted.by === each.name ? path : diverted.to };
      });
    },
  };
}

interface Diversion {
  readonly to: string;
  /** The package that keeps the name; `:` where the administrator said so. */
  readonly by: string;
}

/** See dpkg-divert(1): three lines each. */
function readDiversions(): Map<string, Diversion> {
  const lines = readLines(`${DATABASE}/diversions`);
  const diversions = new Map<string, Diversion>();
  for (let at = 0; at + 2 < lines.length; at += 3) {
    diversions.set(lines[at] as string, { to: lines[at + 1] as string, by: lines[at + 2] as string });
  }
  return diversions;
}

function readLines(path: string): string[] {
  const text = tolerate(['ENOENT'], () => readFileSync(path, 'utf8')) ?? '';
  return text.split('\n').filter((line) => line !== '' && line !== '/.');
}
