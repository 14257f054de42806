// What a rollback leaves as it is live, where a component says so: whole paths, and single keys of configuration files, whose
// values are carried into the content that is put back.
import { isSavepointError, SavepointError } from '../../store/errors.js';
import { copyKey, isInside, joinPath, nearestRealPath, type RestoreStep } from '../composition.js';
import { MOST_KEYED_BYTES, readLiveFile } from '../live-file.js';
import type { DocumentSource } from '../state/state-reader.js';

export interface KeptLive {
  readonly steps: readonly RestoreStep[];
  /** Contents other than the point's, by relative path. */
  readonly merged: ReadonlyMap<string, Uint8Array>;
  /** Absolute paths, and `PATH#KEY`, that could not be kept as they are, with the reason. */
  readonly notes: readonly string[];
}

export interface KeepMeans {
  readonly root: string;
  /** As the setting has it. */
  readonly neverRevert: readonly string[];
  /** The point that is gone to. */
  readonly to: DocumentSource;
}

/** Takes out of `steps` what stays as it is. */
export async function keepLive(steps: readonly RestoreStep[], means: KeepMeans): Promise<KeptLive> {
  const { root, neverRevert } = means;
  const keys = neverRevert.filter((each) => each.includes('#')).map(splitKey);
  const paths = neverRevert.filter((each) => !each.includes('#')).map(nearestRealPath);
  /** By the first name of a file. */
  const contents = new Map<string, Uint8Array>();
  const notes: string[] = [];
  const left: RestoreStep[] = [];
  for (const step of steps) {
    const path = joinPath(root, step.path);
    if (paths.some((kept) => isInside(path, kept)) || leadsAway(step, { path, paths })) continue;
    left.push(step);
    const ofFile = keys.filter((each) => each.path === path);
    if (ofFile.length === 0 || step.do !== 'replace' || step.attributes.type !== 'file') continue;
    const first = firstName(step);
    const before = contents.get(first);
    const asked = { ...means, path, keys: ofFile.map(({ key }) => key), notes, before };
    const content = await mergeKeys(step, asked);
    if (content !== undefined) contents.set(first, content);
  }
  return { steps: left, merged: underAllNames(left, { root, contents, notes }), notes };
}

type MadeStep = Extract<RestoreStep, { do: 'create' | 'replace' }>;

const firstName = ({ path, attributes }: MadeStep): string => attributes.link ?? path;

/** Who reads a file by another of its names has the same content before him. */
function underAllNames(
  steps: readonly RestoreStep[],
  by: { readonly root: string; readonly contents: ReadonlyMap<string, Uint8Array>; readonly notes: string[] },
): Map<string, Uint8Array> {
  const merged = new Map<string, Uint8Array>();
  if (by.contents.size === 0) return merged;
  const made = steps.filter((step): step is MadeStep => step.do === 'create' || step.do === 'replace');
  const names = new Set(made.map(({ path }) => path));
  for (const [first] of by.contents) {
    if (names.has(first)) continue;
    const path = joinPath(by.root, first);
    by.notes.push(
      `${path} has the content of a file that keeps a key under another name; both are as the point has them`,
    );
  }
  for (const step of made) {
    const first = firstName(step);
    const content = names.has(first) ? by.contents.get(first) : undefined;
    if (content !== undefined) merged.set(step.path, content);
  }
  return merged;
}

/** A directory with something in it that stays has to stay, too. */
function leadsAway(step: RestoreStep, { path, paths }: { path: string; paths: readonly string[] }): boolean {
  const goes = step.do === 'remove' || (step.do === 'replace' && step.overDirectory);
  return goes && paths.some((kept) => isInside(kept, path));
}

function splitKey(text: string): { path: string; key: string } {
  const at = text.indexOf('#');
  return { path: nearestRealPath(text.slice(0, at)), key: text.slice(at + 1) };
}

async function mergeKeys(
  step: MadeStep,
  means: KeepMeans & {
    readonly path: string;
    readonly keys: readonly string[];
    readonly notes: string[];
    /** What keys of other names of the file have made of it. */
    readonly before: Uint8Array | undefined;
  },
): Promise<Uint8Array | undefined> {
  const { path, keys, notes, to } = means;
  if (step.id === undefined) return undefined;
  const found = findLive(path);
  if (found === undefined) return undefined;
  const { live } = found;
  const stored = means.before ?? (await to.source.read(step.id)).content;
  if (live === undefined || stored.length > MOST_KEYED_BYTES) {
    notes.push(`${path} is too large to keep single keys of it; it is as the point has it`);
    return undefined;
  }
  let content = stored;
  for (const key of keys) {
    try {
      content = await copyKey({ path, from: live, to: content, key });
    } catch (error) {
      if (isSavepointError(error, 'INVALID_NAME')) throw wrongKey(`${path}#${key}`, error);
      // Neither has it: there is nothing to keep.
      if (isSavepointError(error, 'PATH_NOT_FOUND')) continue;
      // A file that an update has broken has to go back all the same.
      if (!isSavepointError(error, 'STATE_UNREADABLE', 'UNSUPPORTED')) throw error;
      notes.push(`${path}#${key} could not be kept as it is, and is as the point has it: ${error.message}`);
    }
  }
  return content === stored ? undefined : content;
}

/** The content without `live` is too large; `undefined` where no file stands there now, and so none of its keys. */
function findLive(path: string): { readonly live: Uint8Array | undefined } | undefined {
  try {
    return { live: readLiveFile(path, { type: 'file', mostBytes: MOST_KEYED_BYTES }) };
  } catch (error) {
    if (!isSavepointError(error, 'PATH_NOT_FOUND')) throw error;
    return undefined;
  }
}

function wrongKey(setting: string, cause: SavepointError): SavepointError {
  return new SavepointError(
    'CONFIG_INVALID',
    `'${setting}' under neverRevert names no key: ${cause.message}`,
    {
      fields: { setting },
      cause,
    },
  );
}
