// Prepares the second attempt: from whatever is there now to the safety point, with all of the first one's components that are to
// go back. What can't go back with them is named in the decision.
import { openSoundIndex } from '../../store/index/open-sound-index.js';
import { ObjectReader } from '../../store/object-reader.js';
import type { LoggedPoint } from '../../store/operations/operation-entry.js';
import type { BeginRecord, DecisionRecord, RevertRecord } from '../journal/journal-record.js';
import type { Session } from '../session.js';
import { planAttemptBack } from './plan-back.js';
import { prepareAttempt } from './prepare-attempt.js';
import type { ProgressMeter } from './progress-meter.js';
import type { RollbackProblem } from './rollback-problem.js';
import { policyBack } from './validate-components.js';

export async function prepareBack(
  session: Session,
  begin: BeginRecord,
  attempted: {
    readonly safety: LoggedPoint;
    readonly revert: RevertRecord;
    /** That of the first attempt. */
    readonly decision: DecisionRecord;
    readonly meter: ProgressMeter;
  },
): Promise<DecisionRecord> {
  const { safety, revert, decision, meter } = attempted;
  const { index } = await openSoundIndex(session.store);
  const reader = new ObjectReader(session.store, index);
  const plannedAtMs = Date.now();
  const policies = new Map(decision.components.map(({ name, policy }) => [name, policyBack(policy)]));
  const lost: RollbackProblem[] = [];
  const onLost = (problem: RollbackProblem) => lost.push(problem);
  const plans = await planAttemptBack(session, {
    ...{ reader, safety, target: begin.target, policies, onLost },
    components: revert.components ?? [...policies.keys()],
  });
  const prepared = await prepareAttempt(plans, {
    ...{ session, begin, attempt: 2, index, reader, safety, plannedAtMs, policies, meter },
    ...{ mustBeWell: false, mustSwap: false, onLost },
    // What others change meanwhile is met when it is carried out.
    before: new Map(),
  });
  return lost.length === 0 ? prepared : { ...prepared, refused: lost };
}
