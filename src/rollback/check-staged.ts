// Looks at what is staged before anything is decided: by the programs that read it, by its formats, and by state adapters, in a
// view of the host in which it stands in its place already.
import { readFileSync } from 'node:fs';
import type { NotChecked, StagedChange, StagedView } from '../composition.js';
import {
  checkFiles,
  listStaged,
  listStagedSwap,
  nodePath,
  openStagedView,
  statPath,
} from '../composition.js';
import type { DecisionRecord } from '../journal/journal-record.js';
import type { Session } from '../session.js';
import type { ComponentPlan } from './plan-rollback.js';
import { problemOf, type RollbackProblem } from './rollback-problem.js';
import type { ComponentPolicy } from './validate-components.js';

export interface StagedChecks {
  readonly problems: readonly RollbackProblem[];
  /** Programs that would have had a say and could not be asked. */
  readonly notChecked: readonly NotChecked[];
}

type Decided = DecisionRecord['components'][number];

/** Whether anything is to be looked at of a component that changes. */
export function asksForChecks({ state }: ComponentPlan, policy: ComponentPolicy): boolean {
  return policy.checkFormats || state?.adapter.check !== undefined;
}

export async function checkStaged(session: Session, components: readonly Decided[]): Promise<StagedChecks> {
  const changes = new Map(components.map((component) => [component.name, stagedOf(component)]));
  const view = await openStagedView([...changes.values()].flat());
  const problems: RollbackProblem[] = [];
  const notChecked: NotChecked[] = [];
  try {
    for (const component of components) {
      const found = await checkComponent(session, component, {
        view,
        changes: changes.get(component.name) ?? [],
      });
      problems.push(...found.problems);
      notChecked.push(...found.notChecked);
    }
  } finally {
    await view.close();
  }
  return { problems, notChecked };
}

function stagedOf({ root, changes, swap }: Decided): StagedChange[] {
  if (swap !== undefined) return listStagedSwap(root, swap);
  return changes.flatMap((change) => listStaged(root, change));
}

async function checkComponent(
  session: Session,
  { name, policy, state }: Decided,
  at: { readonly view: StagedView; readonly changes: readonly StagedChange[] },
): Promise<StagedChecks> {
  const problems: RollbackProblem[] = [];
  let notChecked: readonly NotChecked[] = [];
  if (policy.checkFormats) {
    const found = await checkFiles(at.view, at.changes.filter(isReadable).map(changedFile));
    for (const problem of found.problems) problems.push(problemOf(name, problem));
    notChecked = found.notChecked;
  }
  if (state !== undefined) {
    const adapter = await session.adapters.get(state.kind, name);
    const found = await adapter.check?.(at.view, { component: name, settings: state.settings });
    for (const problem of found ?? []) problems.push(problemOf(name, problem));
  }
  return { problems, notChecked };
}

function isReadable({ type }: StagedChange): boolean {
  return type !== 'directory';
}

function changedFile({ path, type, source }: StagedChange) {
  return {
    path,
    ...(type === 'file' && source !== undefined
      ? { content: async () => readFileSync(nodePath(source)) }
      : {}),
    ...(statPath(path) === 'file' ? { before: async () => readFileSync(nodePath(path)) } : {}),
  };
}
