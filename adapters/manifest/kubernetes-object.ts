// What is looked at of an object of Kubernetes, in a manifest and in what `kubectl get -o json` prints.
import type { JsonObject, JsonValue } from '../state/state-adapter.js';

export interface KubernetesObject {
  /** As `NAMESPACE/KIND/NAME`, or `KIND/NAME` where no namespace is given. */
  readonly name: string;
  readonly kind: string;
  readonly images: readonly string[];
}

/** `undefined` where `value` is no object of Kubernetes with a name. */
export function readKubernetesObject(value: JsonValue | undefined): KubernetesObject | undefined {
  if (!isObject(value)) return undefined;
  const { kind, apiVersion, metadata } = value;
  if (typeof kind !== 'string' || typeof apiVersion !== 'string' || !isObject(metadata)) return undefined;
  const { name, namespace } = metadata;
  if (typeof name !== 'string') return undefined;
  const parts = [typeof namespace === 'string' ? namespace : '', kind, name];
  return { name: parts.filter((part) => part !== '').join('/'), kind, images: imagesOf(value['spec']) };
}

/** The objects that a list of Kubernetes has; any other value alone. */
export function listedObjects(value: JsonValue): readonly JsonValue[] {
  if (!isObject(value) || typeof value['apiVersion'] !== 'string') return [value];
  return String(value['kind']).endsWith('List') && Array.isArray(value['items'])
    ? (value['items'] as readonly JsonValue[])
    : [value];
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at the end of a path of keys. */
export function valueAt(value: JsonValue | undefined, ...keys: readonly string[]): JsonValue | undefined {
  return keys.reduce<JsonValue | undefined>((at, key) => (isObject(at) ? at[key] : undefined), value);
}

/** Those of a pod, or of the pods that a controller makes, directly or as a CronJob does. */
function imagesOf(spec: JsonValue | undefined): string[] {
  const pods = [
    spec,
    valueAt(spec, 'template', 'spec'),
    valueAt(spec, 'jobTemplate', 'spec', 'template', 'spec'),
  ];
  const containers = pods.flatMap((pod) => [valueAt(pod, 'initContainers'), valueAt(pod, 'containers')]);
  return containers
    .flatMap((list) => (Array.isArray(list) ? (list as readonly JsonValue[]) : []))
    .map((container) => valueAt(container, 'image'))
    .filter((image) => typeof image === 'string');
}
