// Recognises what `read` prints: `supervisorctl status`, containers, Kubernetes, or JSON that names services. Whatever else
// it is stays the text that it is.
import { parseJson as readJson } from '../../store/parse-json.js';
import type { JsonObject, JsonValue } from '../state/state-adapter.js';
import { isObject, listedObjects, readKubernetesObject } from './kubernetes-object.js';
import { parseContainers } from './parse-containers.js';
import { parseKubernetesList } from './parse-kubernetes-list.js';
import { parseSupervisorStatus } from './parse-supervisor-status.js';
import type { Running, Service } from './running-state.js';

/** Keys, in small letters, of what changes by itself in JSON that names services; dropped at any depth. */
const VOLATILE: ReadonlySet<string> = new Set([
  ...['pid', 'pids', 'mainpid', 'id', 'uid', 'containerid', 'resourceversion', 'generation'],
  ...['uptime', 'age', 'runningfor', 'since', 'time', 'timestamp', 'lastseen', 'lastupdated'],
  ...['started', 'startedat', 'starttime', 'created', 'createdat', 'updated', 'updatedat', 'finishedat'],
  ...['restarts', 'restartcount', 'cpu', 'memory', 'rss'],
]);

export function parseRunning(text: string): Running {
  const services = parseServices(text.trim());
  if (services === undefined || hasDuplicates(services)) return { text };
  return { services: [...services].sort((left, right) => (left.name < right.name ? -1 : 1)) };
}

function parseServices(text: string): Service[] | undefined {
  if (text === '') return [];
  const value = parseJson(text) ?? parseJsonLines(text);
  if (value === undefined) return parseSupervisorStatus(text);
  const isList = isObject(value) && listedObjects(value)[0] !== value;
  if (isList || readKubernetesObject(value) !== undefined) return parseKubernetesList(value);
  if (Array.isArray(value)) return parseEntries(value as readonly JsonValue[]);
  if (!isObject(value)) return undefined;
  return parseContainers([value]) ?? parseMapping(value);
}

function parseJson(text: string): JsonValue | undefined {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return readJson<JsonValue>(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function parseJsonLines(text: string): JsonValue[] | undefined {
  const values = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => parseJson(line.trim()));
  return values.every((value) => isObject(value)) ? values : undefined;
}

function parseEntries(entries: readonly JsonValue[]): Service[] | undefined {
  if (!entries.every(isObject)) return undefined;
  return parseContainers(entries) ?? allOrNone(entries.map((entry) => namedService(entry)));
}

/** Such as `{"web": "running"}` or `{"web": {"state": "running"}}`. */
function parseMapping(value: JsonObject): Service[] | undefined {
  return allOrNone(
    Object.entries(value).map(([name, each]) => {
      if (typeof each === 'string') return { name, state: each };
      return isObject(each) ? namedService({ ...each, name }) : undefined;
    }),
  );
}

function namedService(entry: JsonObject): Service | undefined {
  const keys = ['name', 'state', 'status'].map((word) =>
    Object.keys(entry).find((key) => key.toLowerCase() === word),
  );
  const [nameKey, stateKey = keys[2]] = keys;
  if (nameKey === undefined || stateKey === undefined) return undefined;
  const { [nameKey]: name, [stateKey]: state, ...rest } = entry;
  if (typeof name !== 'string' || name === '' || typeof state !== 'string') return undefined;
  const details = withoutVolatile(rest) as JsonObject;
  return { name, state, ...(Object.keys(details).length === 0 ? {} : { details }) };
}

function withoutVolatile(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(withoutVolatile);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(
    ([key]) => !VOLATILE.has(key.toLowerCase().replaceAll(/[_-]/g, '')),
  );
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutVolatile(each)]));
}

function allOrNone(services: readonly (Service | undefined)[]): Service[] | undefined {
  return services.every((service) => service !== undefined) ? [...services] : undefined;
}

function hasDuplicates(services: readonly Service[]): boolean {
  return new Set(services.map(({ name }) => name)).size < services.length;
}
