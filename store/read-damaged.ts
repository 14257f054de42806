// Reads files of the store from a medium that can't give all of them: what is unreadable becomes zeros, so that the
// checksums, which everything in a store has, name it as the damage that it is, and the rest can still be used.
import type { Backend, ReadRange } from './backend.js';
import { isSavepointError } from './errors.js';

/** What media read and fail in, at the least. */
const PIECE_BYTES = 4096;
/** What the system says where the medium, or a checksum of the file system, fails. */
const MEDIUM_ERRORS: readonly unknown[] = ['EIO', 'EBADMSG', 'EUCLEAN', 'EREMOTEIO'];

/** As `backend.read`; pieces that the medium can't give are zeros. Only for what is checked after it was read. */
export async function readDamaged(
  backend: Backend,
  name: string,
  range?: ReadRange,
): Promise<Uint8Array | undefined> {
  try {
    return await backend.read(name, range);
  } catch (error) {
    if (!isMediumError(error)) throw error;
  }
  const size = await backend.size(name);
  if (size === undefined) return undefined;
  const start = Math.min(size, range?.offset ?? 0);
  const end = Math.min(size, start + (range?.lengthBytes ?? size));
  const bytes = new Uint8Array(end - start);
  for (let at = start; at < end; ) {
    const next = Math.min(end, at - (at % PIECE_BYTES) + PIECE_BYTES);
    const piece = await findPiece(backend, name, { offset: at, lengthBytes: next - at });
    if (piece !== undefined) bytes.set(piece, at - start);
    at = next;
  }
  return bytes;
}

async function findPiece(backend: Backend, name: string, range: ReadRange): Promise<Uint8Array | undefined> {
  try {
    return await backend.read(name, range);
  } catch (error) {
    if (isMediumError(error)) return undefined;
    throw error;
  }
}

function isMediumError(error: unknown): boolean {
  return isSavepointError(error, 'STORAGE_FAILED') && MEDIUM_ERRORS.includes(error.fields['system']);
}
