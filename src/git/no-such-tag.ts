// That a tag is named that there is not.
import { SavepointError } from '../../store/errors.js';
import { nearestNames } from '../nearest-names.js';

/** `place` says where it was looked for. */
export function noSuchTag(
  tag: string,
  { place, known }: { readonly place: string; readonly known: Iterable<string> },
): SavepointError {
  const nearest = nearestNames(tag, [...known]);
  const hint = nearest.length > 0 ? ` Did you mean ${nearest.join(' or ')}?` : '';
  return new SavepointError('TAG_NOT_FOUND', `There is no tag '${tag}' in ${place}.${hint}`, {
    fields: { tag, nearest },
  });
}
