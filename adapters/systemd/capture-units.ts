// Captures units: what systemd says of each, when those that are on their way have arrived, or took too long for that.
import { setTimeout as wait } from 'node:timers/promises';
import { checkAborted } from '../../store/errors.js';
import { encodeDocument } from '../state/json-document.js';
import type { CaptureContext, StateDocument } from '../state/state-adapter.js';
import { type AskOptions, askJobs, askManager, isStarting } from './ask-systemd.js';
import { selectUnits, unitSettings } from './select-units.js';
import { ON_THE_WAY, type UnitFacts } from './unit-facts.js';
import {
  type Activity,
  describeObserved,
  describeState,
  observedPath,
  SELECTION,
  statePath,
} from './unit-record.js';

const SETTLE_MS = 3000;
const LOOK_MS = 100;

export async function* captureUnits(context: CaptureContext): AsyncIterable<StateDocument> {
  const options = { signal: context.signal };
  const units = await readSettled(context, options);
  const starting = await unitsOfTheBoot(units, options);
  const ours = new Set(units.map(({ id }) => id));
  yield { path: SELECTION, content: encodeDocument({ units: unitSettings(context.settings).sort() }) };
  for (const facts of units) {
    const active = starting.has(facts.id) ? 'active' : activityOf(facts);
    yield { path: statePath(facts.name), content: encodeDocument(describeState(facts, active)) };
    const observed = describeObserved(facts, (unit) => ours.has(unit));
    yield { path: observedPath(facts.name), content: encodeDocument(observed) };
  }
}

async function readSettled(context: CaptureContext, options: AskOptions): Promise<UnitFacts[]> {
  const end = performance.now() + SETTLE_MS;
  for (;;) {
    const units = await selectUnits(context.settings, options);
    const isLate = performance.now() > end;
    if (isLate || !units.some(isOnTheWay)) return units;
    checkAborted(context.signal);
    await wait(LOOK_MS);
  }
}

function isOnTheWay(facts: UnitFacts): boolean {
  // One that systemd starts again and again does not arrive.
  return ON_THE_WAY.includes(activityOf(facts)) && facts.sub !== 'auto-restart';
}

function activityOf(facts: UnitFacts): Activity {
  const { active, type, remainsAfterExit, triggeredBy, unitFile } = facts;
  if (active === 'failed') return 'failed';
  // That a job is being done is no state to come back to.
  if (type === 'oneshot' && !remainsAfterExit) return 'inactive';
  if (triggeredBy.length > 0 && !unitFile.startsWith('enabled')) return 'on-demand';
  return active;
}

/**
 * The units that are not active yet because the host is still booting. Systemd has the order to start them, and may be waiting
 * for this very process before it does: what is on its way then counts as there.
 */
async function unitsOfTheBoot(units: readonly UnitFacts[], options: AskOptions): Promise<Set<string>> {
  const waiting = units.filter(({ active, job }) => active === 'inactive' && job > 0);
  if (waiting.length === 0) return new Set();
  if (!isStarting(await askManager(options))) return new Set();
  const jobs = await askJobs('start', options);
  const starting = waiting.filter((facts) => jobs.has(facts.id) && activityOf(facts) === 'inactive');
  return new Set(
    starting
      .filter(({ type, remainsAfterExit }) => type !== 'oneshot' || remainsAfterExit)
      .map(({ id }) => id),
  );
}
