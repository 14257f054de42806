// Writes to a stream as fast as it takes bytes, and no faster.
import type { Writable } from 'node:stream';

/** Ends once it takes more, or never will again: what is wrong with it then shows elsewhere. */
export async function writeFully(stream: Writable, bytes: string | Uint8Array): Promise<void> {
  if (stream.destroyed || stream.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
  });
}
