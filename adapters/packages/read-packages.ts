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

export async function readPackages(): Promise<LivePackages> {
  const [database, system] = await Promise.all([readDpkgDatabase(), readSystem()]);
  const info = readInfoFiles();
  const automatic = readAutomaticMarks();
  const packages = new Map<string, LivePackage>();
  for (const [key, dpkg] of database) {
    const { name, architecture, version, state, selection, conffiles, installedKib } = dpkg;
    const marked = `${name}:${architecture === 'all' ? system.architecture : architecture}`;
    const document = {
      ...{ name, architecture, version, state, selection, conffiles, installedKib },
      automatic: automatic.has(marked),
      content: state === 'config-files' ? '' : digestOf(info.find(dpkg, 'md5sums')),
    };
    packages.set(key, { dpkg, document });
  }
  return { system, info, packages };
}

/** Those whose installation was begun and not ended. */
export function brokenPackages({ packages }: LivePackages): DpkgPackage[] {
  return [...packages.values()].map(({ dpkg }) => dpkg).filter(isBroken);
}

async function readSystem(): Promise<SystemDocument> {
  const [architecture, foreign] = await Promise.all([
    readProgram('dpkg', ['--print-architecture']),
    readProgram('dpkg', ['--print-foreign-architectures']),
  ]);
  const foreignArchitectures = foreign.split('\n').filter((line) => line !== '');
  return { architecture: architecture.trim(), foreignArchitectures: foreignArchitectures.sort() };
}

/** A package lists the MD5 of its files; where it does not, dpkg did so when it was unpacked. */
function digestOf(sums: string | undefined): string {
  const content = sums === undefined ? '' : readFileSync(sums);
  return createHash('sha256').update(content).digest('hex').slice(0, 12);
}
