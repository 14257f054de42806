// The packages of the host as documents have them, read from dpkg and apt.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readProgram } from '../system/run-program.js';
import { readAutomaticMarks } from './apt-marks.js';
import { type DpkgPackage, isBroken, readDpkgDatabase } from './dpkg-database.js';
import type { PackageDocument, SystemDocument } from './package-document.js';
import { type InfoFiles, readInfoFiles } from './package-files.js';

export interface LivePackages {
  readonly system: SystemDocument;
  readonly info: InfoFiles;
  /** By `name:architecture`, in order. */
  readonly packages: ReadonlyMap<string, LivePackage>;
}

export interface LivePackage {
  readonly dpkg: DpkgPackage;
  readonly document: PackageDocument;
}

export type PackageMap = LivePackages['packages'];

export async function readPackages(): Promise<LivePackages> {
  const [database, system] = await Promise.all([readDpkgDatabase(), readSystem()]);
  const info = readInfoFiles();
  return { system, info, packages: describePackages(database, { info, native: system.architecture }) };
}

/** As `readPackages`, of the packages `keys` only; `native` is the architecture of the machine. */
export async function readNamedPackages(keys: Iterable<string>, native: string): Promise<PackageMap> {
  const wanted = new Set(keys);
  const database = [...(await readDpkgDatabase())].filter(([key]) => wanted.has(key));
  return describePackages(new Map(database), { info: readInfoFiles(), native });
}

function describePackages(
  database: ReadonlyMap<string, DpkgPackage>,
  { info, native }: { readonly info: InfoFiles; readonly native: string },
): Map<string, LivePackage> {
  const automatic = readAutomaticMarks();
  const packages = new Map<string, LivePackage>();
  for (const [key, dpkg] of database) {
    const { name, architecture, version, state, selection, conffiles, installedKib } = dpkg;
    const marked = `${name}:${architecture === 'all' ? native : architecture}`;
    const document = {
      ...{ name, architecture, version, state, selection, conffiles, installedKib },
      automatic: automatic.has(marked),
      content: state === 'config-files' ? '' : digestOf(info.find(dpkg, 'md5sums')),
    };
    packages.set(key, { dpkg, document });
  }
  return packages;
}

/** Those whose installation was begun and not ended. */
export async function readBrokenPackages(): Promise<DpkgPackage[]> {
  return [...(await readDpkgDatabase()).values()].filter(isBroken);
}

export async function readForeignArchitectures(): Promise<string[]> {
  const text = await readProgram('dpkg', ['--print-foreign-architectures']);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

async function readSystem(): Promise<SystemDocument> {
  const [architecture, foreignArchitectures] = await Promise.all([
    readProgram('dpkg', ['--print-architecture']),
    readForeignArchitectures(),
  ]);
  return { architecture: architecture.trim(), foreignArchitectures };
}

/** A package lists the MD5 of its files; where it does not, dpkg did so when it was unpacked. */
function digestOf(sums: string | undefined): string {
  const content = sums === undefined ? '' : readFileSync(sums);
  return createHash('sha256').update(content).digest('hex').slice(0, 12);
}
