// Captures the files of a component; documents of a state adapter stand among them where there are any.
import type { CaptureMeans } from './capture-means.js';
import { includedBy } from './capture-scope.js';
import type { ComponentDefinition } from './components.js';
import { type CapturedTree, captureTree, type Graft } from './composition.js';
import type { PointProblem } from './point-record.js';

export interface CapturedFiles extends Omit<CapturedTree, 'problems'> {
  readonly problems: readonly PointProblem[];
}

/** `grafts` is missing for a component that has files only. */
export async function captureFiles(
  definition: ComponentDefinition,
  means: CaptureMeans,
  grafts?: readonly Graft[],
): Promise<CapturedFiles> {
  const includes = includedBy(definition, means.scope);
  const captured = await captureTree({
    ...means,
    root: definition.origin,
    ...(includes === undefined ? {} : { includes }),
    oneFileSystem: definition.oneFileSystem,
    skip: new Set([means.storeLocation]),
    ...(grafts === undefined ? {} : { grafts }),
    cache: await means.findCache(definition),
  });
  return { ...captured, problems: problemsOf(definition.name, captured.problems) };
}

/** What went wrong with single files or documents of a component. */
export function problemsOf(
  component: string,
  problems: readonly Omit<PointProblem, 'component'>[],
): PointProblem[] {
  return problems.map(({ path, code, message }) => ({ component, path, code, message }));
}
