// Has what SQLite keeps beside a database's file go with the file that is replaced or removed: left behind, the log of one database
// would be taken for that of another, and destroy it. It goes first: without it, the old file is an older state, and sound.
import { joinPath, type RestoreStep, type SidecarFile, SidecarFinder } from './composition.js';

export interface SidecarSteps {
  readonly steps: readonly RestoreStep[];
  readonly kept: readonly string[];
  /** What goes so, and holds something of a database; the database's file. Relative paths. */
  readonly contents: readonly { readonly path: string; readonly attributes: SidecarFile['attributes'] }[];
  readonly databases: readonly string[];
}

/** Adds them to a plan whose paths are relative to `root`. */
export function withSidecars(
  plan: { readonly steps: readonly RestoreStep[]; readonly kept: readonly string[] },
  root: string,
): SidecarSteps {
  const finder = new SidecarFinder();
  const made = new Set(plan.steps.filter(isMaking).map(({ path }) => path));
  const going = new Set<string>();
  const contents: SidecarSteps['contents'][number][] = [];
  const databases: string[] = [];
  const steps: RestoreStep[] = [];
  let newDirectory: string | undefined;
  for (const step of plan.steps) {
    const { path } = step;
    const isInNew = newDirectory !== undefined && path.startsWith(`${newDirectory}/`);
    if (!isInNew && step.do === 'create' && step.attributes.type === 'directory') newDirectory = path;
    const found = isInNew || !isOfFile(step) ? [] : finder.at(joinPath(root, path));
    if (found.length > 0) databases.push(path);
    for (const { suffix, attributes, hasContent } of found) {
      const beside = path + suffix;
      if (hasContent) contents.push({ path: beside, attributes });
      // What the point has there is put in its place.
      if (made.has(beside)) continue;
      going.add(beside);
      steps.push({ do: 'remove', path: beside, type: 'file', isFirst: true });
    }
    steps.push(step);
  }
  if (databases.length === 0) return { ...plan, contents, databases };
  return {
    steps: steps.filter((step) => step.do !== 'remove' || step.isFirst === true || !going.has(step.path)),
    kept: plan.kept.filter((path) => !going.has(path)),
    ...{ contents, databases },
  };
}

function isMaking(step: RestoreStep): boolean {
  return step.do === 'create' || step.do === 'replace';
}

function isOfFile(step: RestoreStep): boolean {
  if (step.do === 'remove') return step.type === 'file';
  return isMaking(step) && step.path !== '';
}
