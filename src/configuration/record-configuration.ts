// What a point says of the configuration that it was taken by: what is in no component's record. Equal configurations are
// recorded equally, in whatever order they are written.
import { compareNames } from '../../store/names.js';
import type { JsonObject, JsonValue } from '../composition.js';
import type { Configuration, HealthProbe } from './configuration.js';

/**
 * The file, modules of adapters, retention and guard. Points are read by others than who may read the configuration: as with
 * components, commands are recorded as they are, and addresses without what may be secret in them.
 */
export function recordConfiguration({ file, adapters, retention, guard }: Configuration): JsonObject {
  const health = guard.health.map((check) => ({ ...check, probe: withoutSecrets(check.probe) }));
  return inOrder({ file, adapters, retention, guard: { ...guard, health } }) as JsonObject;
}

function withoutSecrets(probe: HealthProbe): HealthProbe {
  if (probe.kind !== 'http') return probe;
  // What can't be read as an address may have them anywhere.
  if (!URL.canParse(probe.url)) return { ...probe, url: probe.url.replace(/:.*$/s, ':') };
  const url = new URL(probe.url);
  [url.username, url.password, url.search, url.hash] = ['', '', '', ''];
  return { ...probe, url: url.href };
}

/** Mappings by name; lists mean something by their order. */
function inOrder(value: unknown): JsonValue {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value as JsonValue;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  entries.sort(([left], [right]) => compareNames(left, right));
  return Object.fromEntries(entries.map(([name, each]) => [name, inOrder(each)]));
}
