// Reads containers as `docker compose ps`, `docker ps` and their kin print them with `--format json`. Of each only name,
// service, project, image, state, health and exit code are taken: ids, times, labels, mounts and ports change by themselves.
import type { JsonObject, JsonValue } from '../state/state-adapter.js';
import type { Service } from './running-state.js';

/** `undefined` where `entries` are something else. */
export function parseContainers(entries: readonly JsonObject[]): Service[] | undefined {
  const services: Service[] = [];
  for (const entry of entries) {
    const name = firstOf(entry['Name'] ?? entry['Names']);
    const isContainer = 'Image' in entry || 'Service' in entry || 'ExitCode' in entry;
    if (name === undefined || !isContainer || typeof entry['State'] !== 'string') return undefined;
    services.push({ name, state: stateOf(entry, entry['State']), ...detailsOf(entry) });
  }
  return services;
}

/** The state with what docker adds to it in words: `running (unhealthy)`, `exited (1)`. */
function stateOf(entry: JsonObject, state: string): string {
  const status = typeof entry['Status'] === 'string' ? entry['Status'] : '';
  if (state === 'exited') {
    const code = entry['ExitCode'] ?? /^Exited \((\d+)\)/.exec(status)?.[1];
    return typeof code === 'number' || typeof code === 'string' ? `exited (${code})` : state;
  }
  const said = /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(status)?.[1];
  const health = entry['Health'] ?? said;
  return typeof health === 'string' && /^(starting|healthy|unhealthy)$/.test(health)
    ? `${state} (${health})`
    : state;
}

function detailsOf(entry: JsonObject): { details?: JsonObject } {
  const details: Record<string, JsonValue> = {};
  for (const [key, value] of [
    ['service', entry['Service']],
    ['project', entry['Project']],
    ['image', entry['Image']],
  ] as const)
    if (typeof value === 'string' && value !== '') details[key] = value;
  return Object.keys(details).length === 0 ? {} : { details };
}

function firstOf(names: JsonValue | undefined): string | undefined {
  const name = Array.isArray(names) ? (names[0] as JsonValue) : names;
  return typeof name === 'string' && name !== '' ? name : undefined;
}
