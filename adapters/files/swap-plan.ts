// Says what becomes of each name in a tree that is made anew as a whole. Pure. An inode that the new tree shares with the
// old one is left as it is, so a file that only gets other attributes is written anew, too.
import type { FileAttributes } from './attributes.js';
import type { RestoreStep } from './restore-step.js';
import type { Expectation } from './seal-change.js';
import { planStages, type StagePlan } from './stage-plan.js';

export interface SwapPlan {
  /** What is written anew. */
  readonly stages: StagePlan;
  /** Names that the new tree does not take over, by path; `put` where it has something else there. */
  readonly actions: ReadonlyMap<string, 'put' | 'remove'>;
  /** What directories that stay get. */
  readonly attributes: ReadonlyMap<string, FileAttributes>;
  /** The directories in which, or below which, something is made. */
  readonly ways: ReadonlySet<string>;
}

/** `expected` says what stands where the steps do something. */
export function planSwapTree(
  steps: readonly RestoreStep[],
  expected: ReadonlyMap<string, Expectation>,
): SwapPlan {
  const made: RestoreStep[] = [];
  const actions = new Map<string, 'put' | 'remove'>();
  const attributes = new Map<string, FileAttributes>();
  const ways = new Set<string>();
  for (const step of steps) {
    const { path } = step;
    if (step.do === 'attributes' && step.attributes.type === 'directory') {
      attributes.set(path, step.attributes);
      continue;
    }
    if (step.do !== 'attributes') made.push(step);
    else {
      const { id } = expected.get(path) ?? { id: undefined };
      made.push({ do: 'replace', path, attributes: step.attributes, id, overDirectory: false });
    }
    // A directory that a file takes the place of has a removal of its own.
    if (step.do !== 'remove') actions.set(path, 'put');
    else if (!actions.has(path)) actions.set(path, 'remove');
    if (step.do !== 'remove') for (const way of waysTo(path)) ways.add(way);
  }
  return { stages: planStages(made), actions, attributes, ways };
}

function* waysTo(path: string): Generator<string> {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
    yield path.slice(0, end);
}
