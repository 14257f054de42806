// Reads what `kubectl get … -o json` prints. Objects that another one made (the pods of a Deployment) come and go with names
// of their own and are left out, as are versions, ids, times and numbers of replicas; images and readiness stay.
import type { JsonValue } from '../state/state-adapter.js';
import {
  isObject,
  type KubernetesObject,
  listedObjects,
  readKubernetesObject,
  valueAt,
} from './kubernetes-object.js';
import type { Service } from './running-state.js';

/** `undefined` where `value` is something else. */
export function parseKubernetesList(value: JsonValue): Service[] | undefined {
  const services: Service[] = [];
  for (const item of listedObjects(value)) {
    const object = readKubernetesObject(item);
    if (object === undefined) return undefined;
    if (valueAt(item, 'metadata', 'ownerReferences') !== undefined) continue;
    const details = object.images.length === 0 ? {} : { details: { images: object.images } };
    services.push({ name: object.name, state: stateOf(object, item), ...details });
  }
  return services;
}

function stateOf({ kind }: KubernetesObject, item: JsonValue): string {
  switch (kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'ReplicaSet':
    case 'DaemonSet':
      return controllerState(kind, item);
    case 'Pod':
      return podState(item);
    case 'Job':
      if (hasCondition(item, 'Complete', 'True')) return 'Complete';
      return hasCondition(item, 'Failed', 'True') ? 'Failed' : 'Progressing';
    default:
      return 'Present';
  }
}

function controllerState(kind: string, item: JsonValue): string {
  const numberAt = (...keys: string[]) => {
    const value = valueAt(item, ...keys);
    return typeof value === 'number' ? value : undefined;
  };
  const isDaemon = kind === 'DaemonSet';
  const wanted = isDaemon ? numberAt('status', 'desiredNumberScheduled') : numberAt('spec', 'replicas');
  const ready = numberAt('status', isDaemon ? 'numberReady' : 'readyReplicas') ?? 0;
  const updated = numberAt('status', isDaemon ? 'updatedNumberScheduled' : 'updatedReplicas') ?? 0;
  // Until then the numbers are those of the object as it was.
  const isSeen = (numberAt('status', 'observedGeneration') ?? 0) >= (numberAt('metadata', 'generation') ?? 0);
  if (!isSeen) return 'Progressing';
  if (hasCondition(item, 'Progressing', 'False')) return 'Failed';
  if (ready < (wanted ?? 1)) return 'Not ready';
  return kind === 'ReplicaSet' || updated >= (wanted ?? 1) || updatesOnDelete(item) ? 'Ready' : 'Progressing';
}

/** Such pods stay as they are until somebody removes them. */
function updatesOnDelete(item: JsonValue): boolean {
  return valueAt(item, 'spec', 'updateStrategy', 'type') === 'OnDelete';
}

function podState(item: JsonValue): string {
  const phase = valueAt(item, 'status', 'phase');
  if (phase === 'Succeeded' || phase === 'Failed') return phase;
  return hasCondition(item, 'Ready', 'True') ? 'Ready' : 'Not ready';
}

function hasCondition(item: JsonValue, type: string, status: string): boolean {
  const conditions = valueAt(item, 'status', 'conditions');
  if (!Array.isArray(conditions)) return false;
  return (conditions as readonly JsonValue[]).some(
    (condition) => isObject(condition) && condition['type'] === type && condition['status'] === status,
  );
}
