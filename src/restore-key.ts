// Puts single keys of configuration files back as a point has them; all else in the files stays as it is live.
import { SavepointError } from '../store/errors.js';
import { copyKey, joinPath, replaceContent } from './composition.js';
import { MOST_KEYED_BYTES, readLiveFile } from './live-file.js';
import { findEntry, type PointComponent, type TreeContext } from './point-tree.js';
import { parsePath, type SelectedPath, selectPath } from './selection.js';

export interface SelectedKey extends SelectedPath {
  /** Where the file is on the host. */
  readonly livePath: string;
  readonly key: string;
}

/** A key that was put back, or would be. */
export interface RestoredKey {
  readonly component: string;
  readonly livePath: string;
  readonly key: string;
  /** Whether it was otherwise. */
  readonly changed: boolean;
}

/** Tells `PATH#KEY` from paths whose names hold a '#'. Throws as `selectPath` does. */
export async function splitKeys(
  context: TreeContext,
  components: ReadonlyMap<string, PointComponent>,
  texts: readonly string[],
): Promise<{ readonly keys: readonly SelectedKey[]; readonly paths: readonly string[] }> {
  const keys: SelectedKey[] = [];
  const paths: string[] = [];
  for (const text of texts) {
    const at = text.indexOf('#');
    if (at < 0 || (await isThere(context, components, text))) {
      paths.push(text);
      continue;
    }
    const selected = await selectPath(context, components, text.slice(0, at));
    const { record } = components.get(selected.component) as PointComponent;
    keys.push({ ...selected, livePath: joinPath(record.origin, selected.path), key: text.slice(at + 1) });
  }
  return { keys, paths };
}

async function isThere(
  context: TreeContext,
  components: ReadonlyMap<string, PointComponent>,
  text: string,
): Promise<boolean> {
  const { component, path } = parsePath(components, text);
  const found = components.get(component);
  return found !== undefined && (await findEntry(context, found, path)) !== undefined;
}

/** Throws USAGE where keys are to be restored in a way that only files can be. */
export function requireInPlace(options: { readonly to?: string; readonly delete?: boolean }): void {
  if (options.to === undefined && options.delete !== true) return;
  throw new SavepointError(
    'USAGE',
    'A single key is restored in its live file: leave --to and --delete out, or name the file without a key.',
  );
}

export interface PreparedKey extends RestoredKey {
  /** Of the file, relative to its component's root. */
  readonly path: string;
  /** What the file is going to hold; of several keys of one file, the last has them all. */
  readonly content: Uint8Array;
}

/** Finds out what the files are going to hold, and changes nothing. Throws what `copyKey` throws, PATH_NOT_FOUND, USAGE. */
export async function prepareKeys(
  context: TreeContext,
  keys: readonly SelectedKey[],
  components: ReadonlyMap<string, PointComponent>,
): Promise<PreparedKey[]> {
  const contents = new Map<string, Uint8Array>();
  const prepared: PreparedKey[] = [];
  for (const { component, path, livePath, key } of keys) {
    const entry = await findEntry(context, components.get(component) as PointComponent, path);
    if (entry?.id === undefined || entry.attributes.type !== 'file') throw noFile(livePath);
    const live =
      contents.get(livePath) ?? readLiveFile(livePath, { type: 'file', mostBytes: MOST_KEYED_BYTES });
    if (live === undefined) throw tooLarge(livePath);
    const stored = (await context.source.read(entry.id)).content;
    const content = await copyKey({ path: livePath, from: stored, to: live, key });
    contents.set(livePath, content);
    prepared.push({ component, path, livePath, key, changed: Buffer.compare(live, content) !== 0, content });
  }
  return prepared;
}

/** Each file has its old or its new content at every instant. */
export function writeKeys(prepared: readonly PreparedKey[]): void {
  const last = new Map(prepared.map((each) => [each.livePath, each.content]));
  const changed = new Set(prepared.filter((each) => each.changed).map(({ livePath }) => livePath));
  for (const [path, content] of last) if (changed.has(path)) replaceContent(path, content);
}

function noFile(path: string): SavepointError {
  return new SavepointError('USAGE', `${path} is no regular file in the point: it has no keys.`, {
    fields: { path },
  });
}

function tooLarge(path: string): SavepointError {
  return new SavepointError(
    'UNSUPPORTED',
    `${path} is too large to be read by keys; restore the whole file.`,
    {
      fields: { path },
    },
  );
}
