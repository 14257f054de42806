// Makes ready what units need to be put back: which of them have to stop for it, and which others go down with them.
import { SavepointError } from '../../store/errors.js';
import type { StageContext, StateStep } from '../state/state-adapter.js';
import { askManager, askUnits } from './ask-systemd.js';
import { findOwnUnit } from './boot-job.js';
import { orderUnits } from './order-units.js';
import { type UnitFacts, UP } from './unit-facts.js';
import { ALL_UNIT_FILES, type PreparedUnits, unitSteps } from './unit-step.js';

/** Throws where systemd can't be asked, and where this process would stop itself. */
export async function stageUnits(
  steps: readonly StateStep[],
  context: Pick<StageContext, 'component'>,
): Promise<PreparedUnits> {
  await askManager();
  const todo = unitSteps(steps);
  const named = (action: string) => todo.filter((step) => step.action === action).map(({ unit }) => unit);
  const [stopped, restarted] = [named('stop'), named('restart')];
  const facts = new Map((await askUnits([...stopped, ...restarted])).map((each) => [each.name, each]));
  const doomed = await findFollowers(stopped, facts);
  const stays = new Set([...stopped, ...restarted, ...doomed]);
  const followers = (await findFollowers(restarted, facts)).filter((name) => !stays.has(name));
  const after = (name: string) => facts.get(name)?.after ?? [];
  const stops = orderUnits([...stopped, ...restarted, ...followers], after).reverse();
  await requireAlien(new Set([...stops, ...doomed]), context.component);
  return {
    ...{ steps: todo, stops, followers: orderUnits(followers, after) },
    reload: steps.some(({ object }) => object === ALL_UNIT_FILES),
  };
}

/** What runs and goes down when `names` are stopped, and what goes down with that, and so on. Fills `known`. */
async function findFollowers(names: readonly string[], known: Map<string, UnitFacts>): Promise<string[]> {
  const followers = new Set<string>();
  let latest = [...names];
  while (latest.length > 0) {
    const next = latest.flatMap((name) => known.get(name)?.stoppedWith ?? []);
    const asked = [...new Set(next)].filter((name) => !followers.has(name) && !names.includes(name));
    const found = (await askUnits(asked)).filter(({ active }) => UP.includes(active));
    for (const facts of found) {
      known.set(facts.name, facts);
      followers.add(facts.name);
    }
    latest = found.map(({ name }) => name);
  }
  return [...followers];
}

async function requireAlien(stops: ReadonlySet<string>, component: string): Promise<void> {
  const own = await findOwnUnit();
  if (own === undefined || !stops.has(own.id)) return;
  throw new SavepointError(
    'STATE_BUSY',
    `The unit ${own.id} of the component '${component}' would have to be stopped, and this very process runs in it. Repeat from elsewhere, such as a login session, or take the unit out of the component.`,
    { fields: { component, unit: own.id } },
  );
}
