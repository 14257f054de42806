// Puts the archive of a package into a file: as it came, or put together from the pieces of a packed one (deb(5)).
import { closeSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { SavepointError } from '../../store/errors.js';
import { readDocument } from '../state/json-document.js';
import type { StateReader } from '../state/state-adapter.js';
import { readProgram } from '../system/run-program.js';
import { packageKey } from './dpkg-database.js';
import {
  archivePath,
  CONTROL,
  DATA,
  ORIGINAL,
  PACKED,
  type PackageDocument,
  type PackedDocument,
} from './package-document.js';

const COPY_BYTES = 1 << 20;

/** Writes the archive that a point has; `packed` says what it can't say itself. Answers false where there is none. */
export async function writeArchive(
  reader: StateReader,
  document: PackageDocument,
  file: string,
): Promise<{ packed?: PackedDocument } | undefined> {
  const path = archivePath(document);
  const paths = await reader.list(path);
  rmSync(file, { force: true });
  if (paths.includes(`${path}/${ORIGINAL}`)) {
    await reader.copyTo(`${path}/${ORIGINAL}`, file);
    return {};
  }
  const packed = await readDocument<PackedDocument>(reader, `${path}/${PACKED}`);
  if (packed === undefined) return undefined;
  const pieces = paths.filter((each) => each.startsWith(`${path}/${DATA}/`)).sort();
  const members = [
    { name: 'debian-binary', sizeBytes: 4, content: Buffer.from('2.0\n') },
    { name: CONTROL, sizeBytes: packed.controlBytes, pieces: [`${path}/${CONTROL}`] },
    { name: 'data.tar', sizeBytes: packed.dataBytes, pieces },
  ];
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    writeSync(descriptor, '!<arch>\n');
    for (const member of members) await appendMember(descriptor, member, { reader, document, file });
  } finally {
    closeSync(descriptor);
  }
  return { packed };
}

/** Throws OBJECT_CORRUPT where a file is not the archive of that package. */
export async function checkArchive(file: string, document: PackageDocument): Promise<void> {
  const fields = ['Package', 'Version', 'Architecture'];
  const text = await readProgram('dpkg-deb', [
    '--show',
    `--showformat=${fields.map((each) => `\${${each}}\n`).join('')}`,
    file,
  ]);
  const found = text.trim().split('\n').join(' ');
  const expected = [document.name, document.version, document.architecture].join(' ');
  if (found === expected) return;
  throw new SavepointError(
    'OBJECT_CORRUPT',
    `The archive for package ${packageKey(document)} ${document.version} is one of ${found}: run 'savepoint verify --data'.`,
    { fields: { package: packageKey(document), expected, found } },
  );
}

interface Member {
  readonly name: string;
  readonly sizeBytes: number;
  readonly content?: Uint8Array;
  readonly pieces?: readonly string[];
}

interface ArchiveSource {
  readonly reader: StateReader;
  readonly document: PackageDocument;
  readonly file: string;
}

async function appendMember(descriptor: number, member: Member, source: ArchiveSource): Promise<void> {
  const { name, sizeBytes, content, pieces = [] } = member;
  const numbers = `${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}`;
  writeSync(descriptor, `${name.padEnd(16)}${numbers}${String(sizeBytes).padEnd(10)}\`\n`);
  let written = content === undefined ? 0 : writeSync(descriptor, content);
  for (const piece of pieces) written += await appendPiece(descriptor, piece, source);
  if (written !== sizeBytes) throw damaged(source, `${name} has ${written} bytes, not ${sizeBytes}`);
  if (sizeBytes % 2 === 1) writeSync(descriptor, '\n');
}

async function appendPiece(
  descriptor: number,
  path: string,
  { reader, file }: ArchiveSource,
): Promise<number> {
  const part = `${file}.part`;
  rmSync(part, { force: true });
  await reader.copyTo(path, part);
  const source = openSync(part, 'r');
  try {
    const buffer = Buffer.alloc(Math.min(COPY_BYTES, statSync(part).size));
    let total = 0;
    for (;;) {
      const length = readSync(source, buffer, 0, buffer.length, null);
      if (length === 0) return total;
      for (let written = 0; written < length; ) {
        written += writeSync(descriptor, buffer, written, length - written);
      }
      total += length;
    }
  } finally {
    closeSync(source);
    rmSync(part);
  }
}

function damaged({ document }: ArchiveSource, reason: string): SavepointError {
  const name = packageKey(document);
  return new SavepointError(
    'OBJECT_CORRUPT',
    `The archive of package ${name} ${document.version} in the point can't be put together: ${reason}. Run 'savepoint verify --data'.`,
    { fields: { package: name, version: document.version } },
  );
}
