// Which units a component has: those that its settings name, be they there or not, and all that its patterns match now.
import type { JsonObject } from '../state/state-adapter.js';
import { type AskOptions, askUnits, findUnits } from './ask-systemd.js';
import type { UnitFacts } from './unit-facts.js';
import { isPattern, isTemplate } from './unit-name.js';

export function unitSettings({ units }: JsonObject): string[] {
  return Array.isArray(units) ? units.filter((unit): unit is string => typeof unit === 'string') : [];
}

/** The names, in order; with `templates`, those that are no units but have files, too. */
export async function selectNames(
  settings: JsonObject,
  options: AskOptions & { readonly templates?: boolean } = {},
): Promise<string[]> {
  const selected = unitSettings(settings);
  const found = await findUnits(selected.filter(isPattern), options);
  const names = new Set([...selected.filter((name) => !isPattern(name)), ...found]);
  return [...names].filter((name) => options.templates === true || !isTemplate(name)).sort();
}

/** What systemd knows of them. A unit that goes by another name is there under both. */
export async function selectUnits(settings: JsonObject, options: AskOptions = {}): Promise<UnitFacts[]> {
  const named = unitSettings(settings);
  const facts = await askUnits(await selectNames(settings, options), options);
  const names = new Set(facts.map(({ name }) => name));
  const meant = facts.map(({ id }) => id).filter((id) => !names.has(id));
  const all = [...facts, ...(await askUnits([...new Set(meant)].sort(), options))];
  // Others may speak of a unit that is not there, and that nobody has named.
  return all.filter(
    ({ name, load, active }) => load !== 'not-found' || active !== 'inactive' || named.includes(name),
  );
}
