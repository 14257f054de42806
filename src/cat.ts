// The content of one file of a point, in pieces, so that memory does not grow with the file.
import { checkAborted, SavepointError } from '../store/errors.js';
import { hurting } from '../store/hurt-content.js';
import { storedContext } from './file-state.js';
import { findPoint } from './points.js';
import { findSelected } from './selection.js';
import type { Session } from './session.js';
import type { Stoppable } from './stoppable.js';

/**
 * The content of a file, or the target of a symbolic link, in pieces of at most 4 MiB. Nothing but verified content is
 * given, but of a large file the pieces before a damaged one are. Throws POINT_NOT_FOUND, COMPONENT_NOT_FOUND,
 * PATH_NOT_FOUND, ABORTED, and USAGE for what has no content.
 */
export async function* cat(
  session: Session,
  wanted: { point: string; path: string },
  { signal }: Stoppable = {},
): AsyncGenerator<Uint8Array> {
  checkAborted(signal);
  const reader = await session.store.openReader();
  const context = storedContext(reader, session.store.format);
  const point = await findPoint(session, reader, wanted.point);
  const { entry } = await findSelected(context, point, wanted.path);
  if (entry.id === undefined) throw withoutContent(wanted, entry.attributes.type);
  try {
    for await (const piece of reader.stream(entry.id)) {
      checkAborted(signal);
      yield piece;
    }
  } catch (error) {
    throw hurting(error, [wanted.path]);
  }
}

function withoutContent({ point, path }: { point: string; path: string }, type: string): SavepointError {
  const message =
    type === 'directory'
      ? `${path} is a directory; name a file in it. 'savepoint show ${point} ${path}' lists them.`
      : `${path} is a ${type.replace('-', ' ')}, which has no content; 'savepoint show ${point} ${path}' says what is known of it.`;
  return new SavepointError('USAGE', message, { fields: { point, path, type } });
}
