// What differs in a configuration file by its keys, where its format is known: what is only moved or written otherwise is no
// difference.
import { readChangeText } from './change-text.js';
import { diffKeys as diffContents, type KeyChange } from './composition.js';
import type { FileChange } from './diff-points.js';
import type { Session } from './session.js';

/**
 * The keys that `change` adds, removes or sets, in the order of the file; `undefined` where it has no such keys: the format
 * is not known, or one of its sides can't be parsed. Throws as `patch` does.
 */
export async function diffKeys(session: Session, change: FileChange): Promise<KeyChange[] | undefined> {
  const text = await readChangeText(session, change);
  if (text === undefined || (text.before === undefined && text.after === undefined)) return undefined;
  const { before, after } = text;
  return diffContents({ before: before ?? '', after: after ?? '' }, change.livePath);
}
