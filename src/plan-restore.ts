// Turns the differences between the live state and a point into restore steps: plain data, to be shown or carried out.
import { SavepointError } from '../store/errors.js';
import type { RestoreStep } from './composition.js';
import type { Change } from './diff.js';
import { isSharedPath } from './shared-path.js';

export interface RestorePlan {
  readonly steps: readonly RestoreStep[];
  /** Files that the point doesn't have; they are left alone. Relative paths. */
  readonly kept: readonly string[];
}

export interface PlanOptions {
  /** Relative paths to restore; '' for all. Their parents are made where they are missing, and not touched otherwise. */
  readonly scope: readonly string[];
  /** Remove what the point doesn't have. */
  readonly delete: boolean;
  /** What was there and could not be saved: it is kept, with all that is in it and the way to it. */
  readonly unsaved: readonly string[];
  /** The paths that the component is limited to; directories on the way to them are made, and not touched otherwise. */
  readonly only: readonly string[] | undefined;
  /** The absolute path that all others are relative to. */
  readonly root: string;
  /** What stands at an absolute path, if anything: the live state leaves out sockets, and what could not be read. */
  readonly typeAt: (path: string) => string | undefined;
}

/** Throws TARGET_CONFLICT where a directory would have to go and `delete` is not set. */
export async function planRestore(
  changes: AsyncIterable<Change>,
  options: PlanOptions,
): Promise<RestorePlan> {
  const steps: RestoreStep[] = [];
  const kept: string[] = [];
  const hidden = new HiddenFiles(options);
  const inScope = (path: string) => options.scope.some((wanted) => isWithin(path, wanted));
  for await (const change of changes) {
    if (isSharedPath(change.path, options.only) && !isMade(change)) continue;
    if (!inScope(change.path)) requirePassable(change, options);
    if (!inScope(change.path) && change.kind !== 'added') continue;
    const isKept = !options.delete || wasUnsaved(change.path, options.unsaved);
    if (change.kind === 'removed' && isKept) kept.push(change.path);
    else steps.push(...hidden.replaced(change, stepsOf(change, { ...options, inScope })));
  }
  return { steps, kept };
}

/** Whether a directory on the way to what is meant has to be made: that it is there is nobody else's business. */
function isMade({ path, kind }: Change): boolean {
  return path !== '' && (kind === 'added' || kind === 'type');
}

/** Finds files that stand where the live state seemed to have nothing: what is made there takes their place. */
class HiddenFiles {
  /** A directory that is made anew: nothing stands in it. */
  private newDirectory: string | undefined;

  constructor(private readonly options: PlanOptions) {}

  replaced({ path, kind, after }: Change, steps: RestoreStep[]): RestoreStep[] {
    if (this.newDirectory !== undefined && path.startsWith(`${this.newDirectory}/`)) return steps;
    const isDirectory = after?.attributes.type === 'directory';
    if (isDirectory && (kind === 'added' || kind === 'type')) this.newDirectory = path;
    if (kind !== 'added' || path === '') return steps;
    const type = this.options.typeAt(at(this.options, path));
    if (type === undefined || type === 'directory') return steps;
    return steps.map((step) => (step.do === 'create' ? { ...step, do: 'replace' } : step));
  }
}

function wasUnsaved(path: string, unsaved: readonly string[]): boolean {
  return unsaved.some((left) => isWithin(path, left) || isWithin(left, path));
}

/** What is asked for can't be put where a directory on the way is none any more. */
function requirePassable(change: Change, options: PlanOptions): void {
  const { path, before, after } = change;
  const isBlocked = change.kind === 'type' && after?.attributes.type === 'directory';
  if (!isBlocked || !options.scope.some((wanted) => isWithin(wanted, path))) return;
  throw new SavepointError(
    'TARGET_CONFLICT',
    `${at(options, path)} is a ${before?.attributes.type} where the point has a directory; nothing was changed. Restore the directory itself, or move what is there away.`,
    { fields: { path: at(options, path) } },
  );
}

function at(options: PlanOptions, path: string): string {
  return path === '' ? options.root : `${options.root}/${path}`;
}

interface StepOptions extends PlanOptions {
  readonly inScope: (path: string) => boolean;
}

function stepsOf(change: Change, options: StepOptions): RestoreStep[] {
  const { path, before, after } = change;
  if (after === undefined) {
    return before === undefined ? [] : [{ do: 'remove', path, type: before.attributes.type }];
  }
  if (path === '') return [{ do: 'attributes', path, attributes: after.attributes }];
  const attributes = withReachableLink(after.attributes, options);
  if (change.kind === 'added')
    return [{ do: 'create', path, attributes, id: after.id, overDirectory: false }];
  const overDirectory = change.kind === 'type' && before?.attributes.type === 'directory';
  if (overDirectory && !options.delete) throw directoryInTheWay(at(options, path));
  if (change.kind === 'attributes' && !needsNewFile(before?.attributes, attributes)) {
    return [{ do: 'attributes', path, attributes }];
  }
  const replace: RestoreStep = { do: 'replace', path, attributes, id: after.id, overDirectory };
  return overDirectory ? [replace, { do: 'remove', path, type: 'directory' }] : [replace];
}

type Attributes = NonNullable<Change['after']>['attributes'];

/** A hard link to a file that is not restored itself might lead to another content: then the file stands alone. */
function withReachableLink(attributes: Attributes, options: StepOptions): Attributes {
  if (attributes.link === undefined || options.inScope(attributes.link)) return attributes;
  const { link: _, ...alone } = attributes;
  return alone;
}

function needsNewFile(before: Attributes | undefined, after: Attributes): boolean {
  return before?.link !== after.link || JSON.stringify(before?.device) !== JSON.stringify(after.device);
}

function isWithin(path: string, wanted: string): boolean {
  return wanted === '' || path === wanted || path.startsWith(`${wanted}/`);
}

function directoryInTheWay(path: string): SavepointError {
  return new SavepointError(
    'TARGET_CONFLICT',
    `${path} is a directory where the point has a file; nothing was changed. Move it away, or let --delete remove what is in it.`,
    { fields: { path } },
  );
}
