// What a file of a component is called on the host. A document of state is no file of it: it is called as a PATH names it.
import { isDocumentPath, joinPath } from './composition.js';
import type { Change } from './diff.js';
import type { ComponentRecord } from './point-record.js';

/** The absolute path of a file at `path`, relative to the component's root, or `component:path` for a document. */
export function livePathOf(
  record: Pick<ComponentRecord, 'name' | 'origin' | 'settings'>,
  path: string,
): string {
  return isDocumentOf(record, path) ? `${record.name}:${path}` : joinPath(record.origin, path);
}

/** Whether `path` is a document of a state adapter. */
export function isDocumentOf({ settings }: Pick<ComponentRecord, 'settings'>, path: string): boolean {
  return settings !== undefined && isDocumentPath(path);
}

/** Changes of a component's own files alone. */
export async function* withoutDocuments(changes: AsyncIterable<Change>): AsyncGenerator<Change> {
  for await (const change of changes) if (!isDocumentPath(change.path)) yield change;
}
