// The document of one package, and where its archive is in a point: under a name that tells what is in it, so that a package
// that has not changed is never read again.

import { readDocument } from '../state/json-document.js';
import type { StateReader } from '../state/state-adapter.js';

export const PACKAGES = 'state/apt/packages';
export const ARCHIVES = 'state/apt/archives';
export const SYSTEM = 'state/apt/system.json';

export interface PackageDocument {
  readonly name: string;
  readonly architecture: string;
  readonly version: string;
  readonly state: string;
  readonly selection: string;
  /** Whether it was only installed because another needed it. */
  readonly automatic: boolean;
  readonly conffiles: Readonly<Record<string, string>>;
  /** Tells packages of the same version apart by their files; empty where none are there. */
  readonly content: string;
  readonly installedKib: number;
}

/** Of the host as a whole. */
export interface SystemDocument {
  readonly architecture: string;
  readonly foreignArchitectures: readonly string[];
}

export function packagePath(key: string): string {
  return `${PACKAGES}/${key}.json`;
}

export function readPackageDocument(reader: StateReader, path: string): Promise<PackageDocument | undefined> {
  return readDocument<PackageDocument>(reader, path);
}

/** As apt names the file of an archive, without its ending. */
export function archiveStem(document: Pick<PackageDocument, 'name' | 'version' | 'architecture'>): string {
  const version = document.version.replaceAll(':', '%3a');
  return `${document.name}_${version}_${document.architecture}`;
}

/** Where the archive is, either as it came (`package.deb`) or packed from what is installed. */
export function archivePath(document: PackageDocument): string {
  return `${ARCHIVES}/${archiveStem(document)}_${document.content}`;
}

/** The document that holds the archive as it came. */
export const ORIGINAL = 'package.deb';
/** The documents of a packed one: about it, its control.tar, and pieces that make up its data.tar in the order of their names. */
export const PACKED = 'packed.json';
export const CONTROL = 'control.tar';
export const DATA = 'data';

/** The document of one piece, below that of its archive; the last one is never that of a file. */
export function piecePath(archive: string, index: number): string {
  return `${archive}/${DATA}/${String(index).padStart(6, '0')}`;
}

/** What a packed archive can't say itself. */
export interface PackedDocument {
  readonly dataBytes: number;
  readonly controlBytes: number;
  /** Extended attributes by the place of the file: a value in base64 by name. */
  readonly attributes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Files of the package that were not there. */
  readonly missing: readonly string[];
  /** Files that were not as the package brought them. */
  readonly modified: readonly string[];
}
