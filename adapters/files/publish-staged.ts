// The second half of a restore: everything is on the disk, and now takes its place, one rename at a time. Paths are
// walked through open directories, so that a symbolic link planted meanwhile leads nowhere.
import { isSavepointError } from '../../store/errors.js';
import { makeLink, removeDirectory, removeFile, renameEntry } from '../node/posix-entry.js';
import { isPosixError } from '../node/posix-error.js';
import type { Place } from '../node/posix-place.js';
import { attributeProblem } from './attribute-problem.js';
import { DirectoryTimes } from './directory-times.js';
import { OpenFolders } from './open-folders.js';
import type { RestoreProblem, RestoreStep } from './restore-step.js';
import type { MakeStep, Publication, RemoveStep, StagePlan } from './stage-plan.js';
import { takeFreeName, takeOverName } from './take-name.js';
import { applyAttributes } from './write-file.js';

export interface PublishContext {
  /** Descriptors of the restored root and of the staging directory. */
  readonly root: number;
  readonly staging: number;
  /** Staged paths of what could not be made, and is reported already. */
  readonly unmade: ReadonlySet<string>;
  readonly problems: RestoreProblem[];
}

/** A step that fails is reported, and the others are done: by now going on is safer than to stop half-way. */
export function publishStaged(plan: StagePlan, context: PublishContext): void {
  const folders = new OpenFolders(context.root);
  const times = new DirectoryTimes();
  const placeIn = (path: string) => {
    const place = folders.placeOf(path);
    if (path.includes('/')) times.note(path.slice(0, path.lastIndexOf('/')), place.directory);
    return place;
  };
  const run = (path: string, action: () => void) => runStep(context, path, action);
  try {
    const [overDirectory, others] = partition(
      plan.publications.filter(({ stagedPath }) => !context.unmade.has(stagedPath)),
      ({ step }) => step.overDirectory,
    );
    const removeAll = (removals: readonly RemoveStep[]) => {
      for (const removal of removals) run(removal.path, () => remove(removal, placeIn(removal.path)));
    };
    removeAll(plan.firstRemovals);
    for (const item of others) run(item.step.path, () => publish(item, placeIn(item.step.path), context));
    removeAll(plan.removals);
    for (const item of overDirectory)
      run(item.step.path, () => publish(item, placeIn(item.step.path), context));
    folders.close();
    plan.links.forEach((step, number) => {
      run(step.path, () => link(step, { folders, placeIn, context, number }));
    });
    for (const step of plan.fileAttributes) run(step.path, () => attribute(step, folders, context));
    for (const step of plan.directoryAttributes) run(step.path, () => attribute(step, folders, context));
    const settled = new Set(plan.directoryAttributes.map(({ path }) => path));
    times.giveBack(settled, (path) => folders.descriptorOf(path));
  } finally {
    folders.close();
  }
}

function publish({ stagedPath, step }: Publication, to: Place, context: PublishContext): void {
  const from = { directory: context.staging, name: stagedPath };
  if (step.do === 'create') takeFreeName({ from, to });
  else if (step.attributes.type === 'directory')
    takeOverName({ from, to }, { ...from, name: `${stagedPath}-before` });
  else renameEntry({ from, to });
}

function remove(step: RemoveStep, place: Place): void {
  try {
    if (step.type === 'directory') removeDirectory(place);
    else removeFile(place);
  } catch (error) {
    if (!isPosixError(error, 'ENOENT')) throw error;
  }
}

interface LinkContext {
  readonly folders: OpenFolders;
  readonly placeIn: (path: string) => Place;
  readonly context: PublishContext;
  readonly number: number;
}

/** A link is made in the staging directory and renamed, so that the path is never without a file. */
function link(step: MakeStep, where: LinkContext): void {
  const { folders, placeIn, context, number } = where;
  const staged = { directory: context.staging, name: `link-${number}` };
  makeLink({ from: folders.placeOf(step.attributes.link as string), to: staged });
  renameEntry({ from: staged, to: placeIn(step.path) });
}

function attribute(
  step: MakeStep | Extract<RestoreStep, { do: 'attributes' }>,
  folders: OpenFolders,
  context: PublishContext,
): void {
  const target = step.path === '' ? context.root : folders.placeOf(step.path);
  const failed = applyAttributes(target, step.attributes, { isNew: step.do !== 'attributes' });
  if (failed.length > 0) context.problems.push(attributeProblem(step.path, failed));
}

function runStep(context: PublishContext, path: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!isSavepointError(error)) throw error;
    const code = typeof error.fields['errno'] === 'string' ? error.fields['errno'] : error.code;
    context.problems.push({ path, code, message: error.message });
  }
}

function partition<T>(items: readonly T[], belongs: (item: T) => boolean): [T[], T[]] {
  return [items.filter(belongs), items.filter((item) => !belongs(item))];
}
