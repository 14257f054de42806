// Writes files out of blocks: each block is read and checked once, and every file that has its content there is written.
import { constants } from 'node:fs';
import { isSavepointError, SavepointError } from '../../store/errors.js';
import { BlockBuffers, type PackSource, readBlock } from '../../store/pack/pack-reader.js';
import { findRecord } from '../../store/pack/record.js';
import { closeDescriptor, openEntry } from '../node/posix-directory.js';
import { OpenFolders } from './open-folders.js';
import type {
  BlockPlace,
  BlockWork,
  FilePart,
  RecordPlace,
  RestoreReply,
  RestoreRequest,
} from './restore-batch.js';
import { readUmask, writeAll, writeFile, writeRangesOf } from './write-file.js';

/** This thread's: one block is done before the next is read. */
let buffers: BlockBuffers | undefined;

/** Writes all files and parts of `request`. Throws where a block or object is damaged, or the disk is full. */
export async function writeBlocks(source: PackSource, request: RestoreRequest): Promise<RestoreReply> {
  const folders = new OpenFolders(request.staging);
  const umask = readUmask();
  buffers ??= new BlockBuffers();
  const problems: { path: string; message: string }[] = [];
  const moved: BlockWork[] = [];
  let bytes = 0;
  try {
    for (const work of request.work) {
      const { block, files, parts } = work;
      const raw = await findBlock(source, block, buffers);
      if (raw === undefined) {
        moved.push(work);
        continue;
      }
      for (const file of files) {
        const content = recordContent(source, raw, file);
        const failed = writeFile(folders.placeOf(file.path), content, { attributes: file.attributes, umask });
        if (failed.length > 0)
          problems.push({ path: file.path, message: `could not be given ${failed.join(', ')}` });
        bytes += content.length;
      }
      for (const part of parts) bytes += writePart(folders, recordContent(source, raw, part), part);
    }
  } finally {
    folders.close();
  }
  return { problems, bytes, moved };
}

/** `undefined` where the pack is gone. */
async function findBlock(
  source: PackSource,
  block: BlockPlace,
  buffers: BlockBuffers,
): Promise<Uint8Array | undefined> {
  try {
    return await readBlock(source, block.packId, { ...block, buffers });
  } catch (error) {
    if (isSavepointError(error, 'PACK_MISSING')) return undefined;
    throw error;
  }
}

function recordContent(source: PackSource, raw: Uint8Array, place: RecordPlace): Uint8Array {
  const record = raw.subarray(place.offset, place.offset + place.lengthBytes);
  const span = findRecord(record, 0, source.format);
  if (span !== undefined && source.platform.hash(source.format, record) === place.id) {
    return record.subarray(span.contentStart, span.end);
  }
  throw new SavepointError(
    'OBJECT_CORRUPT',
    `The object ${place.id} does not match its id; nothing was changed.`,
    {
      fields: { id: place.id },
    },
  );
}

function writePart(folders: OpenFolders, content: Uint8Array, part: FilePart): number {
  const descriptor = openEntry(folders.placeOf(part.path), constants.O_WRONLY);
  try {
    if (part.data === undefined) writeAll(descriptor, content, part.position);
    else writeRangesOf(descriptor, { bytes: content, position: part.position }, part.data);
  } finally {
    closeDescriptor(descriptor);
  }
  return content.length;
}
