// Writes bytes that come in pieces to a file, as fast as the disk takes them.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { SavepointError } from '../../store/errors.js';

/** Replaces the file. Throws STORAGE_FULL. */
export async function writePieces(
  file: string,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  const output = createWriteStream(file, { flags: 'w', mode: 0o600 });
  // It is awaited in the end, whenever it comes.
  const written = finished(output);
  written.catch(() => undefined);
  try {
    for await (const piece of pieces)
      if (!output.write(piece)) await Promise.race([once(output, 'drain'), written]);
    output.end();
    await written;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    const message = `the disk of ${file} has no room for what is written there. Free space, and repeat.`;
    throw new SavepointError('STORAGE_FULL', message, { fields: { path: file }, cause: error });
  } finally {
    output.destroy();
  }
}
