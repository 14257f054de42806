// Packs an installed package again, without writing anything: small files as pieces of a tar archive, large ones as what they
// are, so that their content is stored once, whatever else holds it. dpkg's list decides what is in it, and nothing is run.
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { ABSENT, tolerate } from '../backends/storage-error.js';
import type { OwnerNames } from '../files/owner-names.js';
import { fromNativeDevice } from '../node/device-number.js';
import { findPosixLibrary } from '../node/posix-library.js';
import { findXattr, listXattrs } from '../node/posix-xattr.js';
import { encodeDocument } from '../state/json-document.js';
import type { StateDocument, StateProblem } from '../state/state-adapter.js';
import { type DpkgPackage, packageKey } from './dpkg-database.js';
import { CONTROL, PACKED, type PackedDocument, piecePath } from './package-document.js';
import type { FileLists, InfoFiles, PackageFile } from './package-files.js';
import { TAR_END, type TarEntry, tarHeader, tarPadding } from './tar-entry.js';

/** Larger files are documents of their own. In a Debian system, they are one in twenty, and nine tenths of all bytes. */
const SMALL_BYTES = 64 << 10;
/** With the file that makes it full, a piece is still stored as one object. */
const PIECE_BYTES = (1 << 20) - 2 * SMALL_BYTES;
/** Depends on the policy of the machine, which puts it there itself. */
const NOT_KEPT = ['security.selinux'];

export interface RepackContext {
  readonly info: InfoFiles;
  readonly lists: FileLists;
  readonly names: OwnerNames;
  /** Whether dpkg is told not to unpack a path. */
  isLeftOut(path: string): boolean;
  report(problem: StateProblem): void;
}

/** The documents of `each`, below `path`. */
export async function* repackPackage(
  each: DpkgPackage,
  path: string,
  context: RepackContext,
): AsyncGenerator<StateDocument> {
  const pieces = new Pieces(path);
  const attributes: Record<string, Record<string, string>> = {};
  const changes = new ChangedFiles(each, context.info);
  const linked = new Map<string, string>();
  pieces.add(tarHeader(rootEntry()));
  for (const file of context.lists.filesOf(each)) {
    const found = findEntry(file, context);
    if (found === undefined) {
      changes.addMissing(file.path);
      continue;
    }
    const { stat, entry } = found;
    const first = stat.isFile() && stat.nlink > 1 ? linked.get(`${stat.dev}:${stat.ino}`) : undefined;
    if (first !== undefined) {
      pieces.add(tarHeader({ ...entry, type: 'link', target: first, sizeBytes: 0 }));
      continue;
    }
    if (stat.isFile()) linked.set(`${stat.dev}:${stat.ino}`, entry.path);
    const own = readAttributes(file.place, entry.type);
    if (own !== undefined) attributes[file.place] = own;
    changes.look(file, stat);
    if (!stat.isFile()) pieces.add(tarHeader(entry));
    else if (stat.size <= SMALL_BYTES) {
      const content = readWhole(file.place);
      if (content === undefined) return context.report(changedMeanwhile(each, file.place));
      addSmall(pieces, entry, content);
    } else {
      pieces.add(tarHeader(entry));
      const piece = pieces.take();
      if (piece !== undefined) yield piece;
      yield pieces.addFile(file.place, stat.size);
      // Without the document about it, nobody takes the pieces for an archive.
      if (!isSame(stat, findStat(file.place, lstatSync)))
        return context.report(changedMeanwhile(each, file.place));
    }
    if (pieces.heldBytes >= PIECE_BYTES) yield pieces.take() as StateDocument;
  }
  pieces.add(TAR_END);
  yield pieces.take() as StateDocument;
  const control = packControl(each, context.info);
  yield { path: `${path}/${CONTROL}`, content: control };
  const { missing, modified } = changes;
  const deviating = [...modified, ...missing.filter((file) => !context.isLeftOut(file))];
  if (each.essential && deviating.length > 0) context.report(deviates(each, deviating));
  const packed: PackedDocument = {
    ...{ dataBytes: pieces.sizeBytes, controlBytes: control.length },
    ...{ attributes, missing, modified },
  };
  yield { path: `${path}/${PACKED}`, content: encodeDocument({ ...packed }) };
}

/** Numbered documents that make up one archive. */
class Pieces {
  sizeBytes = 0;
  heldBytes = 0;
  private held: Uint8Array[] = [];
  private count = 0;

  constructor(private readonly archive: string) {}

  add(bytes: Uint8Array): void {
    this.held.push(bytes);
    this.heldBytes += bytes.length;
    this.sizeBytes += bytes.length;
  }

  take(): StateDocument | undefined {
    if (this.heldBytes === 0) return undefined;
    const content = Buffer.concat(this.held.splice(0));
    this.heldBytes = 0;
    return { path: this.nextPath(), content };
  }

  addFile(file: string, sizeBytes: number): StateDocument {
    const path = this.nextPath();
    this.sizeBytes += sizeBytes;
    this.add(tarPadding(sizeBytes));
    return { path, content: { file } };
  }

  private nextPath(): string {
    return piecePath(this.archive, this.count++);
  }
}

/** Which files are not as the package brought them. Only those are read for it that were touched after they were unpacked. */
class ChangedFiles {
  readonly missing: string[] = [];
  readonly modified: string[] = [];
  private readonly sums = new Map<string, string>();
  private readonly unpacked: Stats | undefined;

  constructor(each: DpkgPackage, info: InfoFiles) {
    const list = info.find(each, 'list');
    this.unpacked = list === undefined ? undefined : statSync(list, { throwIfNoEntry: false });
    const sums = info.find(each, 'md5sums');
    for (const line of sums === undefined ? [] : readFileSync(sums, 'utf8').split('\n')) {
      const match = /^([0-9a-f]{32}) [ *](.+)$/.exec(line);
      if (match !== null) this.sums.set(`/${match[2]}`, match[1] as string);
    }
  }

  addMissing(path: string): void {
    this.missing.push(path);
  }

  look({ path, place }: PackageFile, stat: Stats): void {
    const expected = this.sums.get(path);
    if (expected === undefined || !stat.isFile() || this.unpacked === undefined) return;
    if (stat.ctimeMs <= this.unpacked.ctimeMs && stat.mtimeMs <= this.unpacked.mtimeMs) return;
    const found = createHash('md5').update(readFileSync(place)).digest('hex');
    if (found !== expected) this.modified.push(path);
  }
}

function addSmall(pieces: Pieces, entry: TarEntry, content: Uint8Array): void {
  pieces.add(tarHeader({ ...entry, sizeBytes: content.length }));
  pieces.add(content);
  pieces.add(tarPadding(content.length));
}

/** `undefined` where it is not there, or is a socket, which no archive holds. */
function findEntry(
  { path, place }: PackageFile,
  { lists, names }: RepackContext,
): { stat: Stats; entry: TarEntry } | undefined {
  let stat = findStat(place, lstatSync);
  if (stat?.isSymbolicLink() === true && lists.isParent(path)) {
    const target = findStat(place, statSync);
    if (target?.isDirectory() === true) stat = target;
  }
  const type = stat === undefined ? undefined : typeOf(stat);
  if (stat === undefined || type === undefined) return undefined;
  const isNode = type === 'character-device' || type === 'block-device';
  const entry: TarEntry = {
    ...{ path: type === 'directory' ? `.${path}/` : `.${path}`, type, mode: stat.mode & 0o7777 },
    ...{ userId: stat.uid, groupId: stat.gid },
    ...{ user: names.users.get(stat.uid) ?? '', group: names.groups.get(stat.gid) ?? '' },
    modifiedSeconds: Math.floor(stat.mtimeMs / 1000),
    sizeBytes: stat.isFile() ? stat.size : 0,
    ...(type === 'symlink' ? { target: readlinkSync(place) } : {}),
    ...(isNode ? { device: fromNativeDevice(stat.rdev) } : {}),
  };
  return { stat, entry };
}

function findStat(path: string, call: typeof lstatSync | typeof statSync): Stats | undefined {
  return tolerate(ABSENT, () => call(path) as Stats);
}

function typeOf(stat: Stats): TarEntry['type'] | undefined {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isCharacterDevice()) return 'character-device';
  if (stat.isBlockDevice()) return 'block-device';
  return stat.isFIFO() ? 'fifo' : undefined;
}

function readAttributes(place: string, type: TarEntry['type']): Record<string, string> | undefined {
  if (type === 'symlink' || findPosixLibrary() === undefined) return undefined;
  const names = listXattrs(place).filter((name) => !NOT_KEPT.includes(name));
  if (names.length === 0) return undefined;
  const values = names.map((name) => [name, findXattr(place, name)] as const);
  return Object.fromEntries(
    values.flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Buffer.from(value).toString('base64')] as const],
    ),
  );
}

const ROOT = { userId: 0, groupId: 0, user: 'root', group: 'root', modifiedSeconds: 0 };

function rootEntry(): TarEntry {
  return { path: './', type: 'directory', mode: 0o755, sizeBytes: 0, ...ROOT };
}

function packControl(each: DpkgPackage, info: InfoFiles): Buffer {
  const files = info.control(each).map(([kind, path]) => {
    return { kind, content: readFileSync(path), mode: statSync(path).mode & 0o777 };
  });
  const all = [{ kind: 'control', content: Buffer.from(`${each.control}\n`), mode: 0o644 }, ...files];
  const parts = all.map(({ kind, content, mode }) => {
    const entry = { path: `./${kind}`, type: 'file', mode, sizeBytes: content.length, ...ROOT } as const;
    return Buffer.concat([tarHeader(entry), content, tarPadding(content.length)]);
  });
  return Buffer.concat([tarHeader(rootEntry()), ...parts, TAR_END]);
}

function isSame(before: Stats, now: Stats | undefined): boolean {
  return (
    now !== undefined && now.ino === before.ino && now.size === before.size && now.mtimeMs === before.mtimeMs
  );
}

function readWhole(path: string): Uint8Array | undefined {
  return tolerate(ABSENT, () => readFileSync(path));
}

/** The host does not run without it. */
function deviates(each: DpkgPackage, paths: readonly string[]): StateProblem {
  return {
    object: `package ${packageKey(each)}`,
    code: 'VALIDATION_FAILED',
    message: `is essential, and is kept with files that are not as they came (${paths.slice(0, 5).join(', ')}): see 'dpkg --verify', and install it again.`,
  };
}

function changedMeanwhile(each: DpkgPackage, place: string): StateProblem {
  return {
    object: `package ${packageKey(each)}`,
    code: 'STATE_UNREADABLE',
    message: `can't be packed, as ${place} was changed meanwhile; save again when nobody installs packages.`,
  };
}
