// From the words of savepoint.yaml to those of the program: amounts become numbers, and each health check its probe.
import { assert } from '../../store/errors.js';
import type { JsonObject, JsonValue } from '../composition.js';
import { readDurationMs, readSizeBytes } from './amounts.js';
import {
  type CommonSettings,
  type Configuration,
  type ConfiguredComponent,
  FILE_KINDS,
  type FileComponent,
  type GuardPolicy,
  type HealthCheck,
  type HealthProbe,
  type RetentionPolicy,
  type TriggerRule,
} from './configuration.js';

type Amount = string | number;

/** A file as its schema says, with the defaults filled in. */
export interface FilledFile {
  readonly adapters: readonly string[];
  readonly components: Readonly<Record<string, FilledComponent>>;
  readonly retention: Omit<RetentionPolicy, 'maxBytes'> & { readonly maxBytes?: Amount };
  readonly guard: FilledGuard;
}

/** Of files; or of a state adapter, with its settings beside what holds for all. */
type FilledComponent =
  | Omit<FileComponent, 'name'>
  | (Omit<CommonSettings, 'name'> & { readonly kind: string; readonly [setting: string]: JsonValue });

interface FilledGuard extends Pick<GuardPolicy, 'partial' | 'withData' | 'priority' | 'rollbacksPerHour'> {
  readonly triggers: readonly (TriggerRule['on'] | FilledTrigger)[];
  readonly timeout: Amount;
  readonly confirm?: Amount;
  readonly backOff: Amount;
  readonly watch: Amount;
  readonly health: readonly FilledCheck[];
}

interface FilledTrigger {
  readonly on: TriggerRule['on'];
  readonly do: TriggerRule['do'];
  readonly components?: readonly string[];
  readonly units?: readonly string[];
  readonly file?: string;
  readonly patterns?: readonly string[];
  readonly paths?: readonly string[];
  readonly store?: boolean;
}

interface FilledCheck extends FilledProbe {
  readonly required: boolean;
  readonly interval: Amount;
  readonly timeout: Amount;
  readonly healthyFor?: Amount;
  readonly deadline?: Amount;
}

/** One of them is there. */
interface FilledProbe {
  readonly command?: string;
  readonly http?: string;
  readonly tcp?: string;
  readonly file?: string;
  readonly unit?: string;
  readonly disk?: { readonly path: string; readonly freeBytes: Amount };
  readonly process?: string;
}

/** Frozen, in all depth. */
export function buildConfiguration(filled: FilledFile, file: string): Configuration {
  const components = Object.entries(filled.components).map(([name, component]) =>
    buildComponent(name, component),
  );
  const { maxBytes, ...retention } = filled.retention;
  return freeze({
    ...{ file, components, adapters: filled.adapters },
    retention: { ...retention, ...(maxBytes === undefined ? {} : { maxBytes: readSizeBytes(maxBytes) }) },
    guard: buildGuard(filled.guard),
  });
}

function buildComponent(name: string, component: FilledComponent): ConfiguredComponent {
  if (isOfFiles(component)) return { name, ...component };
  const { kind, category, critical, after, onError, validate, ...settings } = component;
  const common = { name, category, critical, after, onError, validate };
  if (kind !== 'custom') return { ...common, kind, settings };
  const { adapter, settings: own } = settings;
  return { ...common, kind: adapter as string, settings: own as JsonObject };
}

function isOfFiles(component: FilledComponent): component is Omit<FileComponent, 'name'> {
  return FILE_KINDS.some((kind) => kind === component.kind);
}

function buildGuard({
  timeout,
  confirm,
  backOff,
  watch,
  health,
  triggers,
  ...guard
}: FilledGuard): GuardPolicy {
  return {
    timeoutMs: readDurationMs(timeout),
    ...(confirm === undefined ? {} : { confirmMs: readDurationMs(confirm) }),
    backOffMs: readDurationMs(backOff),
    watchMs: readDurationMs(watch),
    ...guard,
    triggers: triggers.map(buildTrigger),
    health: health.map(buildCheck),
  };
}

/** A word alone is the trigger with all that is usual. */
function buildTrigger(written: TriggerRule['on'] | FilledTrigger): TriggerRule {
  const filled: FilledTrigger = typeof written === 'string' ? { on: written, do: 'revert' } : written;
  const { on, do: doing, components, units, file, patterns, paths = [], store = paths.length === 0 } = filled;
  const rule = { do: doing, ...(components === undefined ? {} : { components }) };
  switch (on) {
    case 'service':
      return { ...rule, on, ...(units === undefined ? {} : { units }) };
    case 'critical-log':
      return {
        ...rule,
        on,
        ...(file === undefined ? {} : { file }),
        ...(patterns === undefined ? {} : { patterns }),
      };
    case 'corruption':
      return { ...rule, on, paths, store };
    default:
      return { ...rule, on };
  }
}

function buildCheck(check: FilledCheck): HealthCheck {
  const { required, interval, timeout, healthyFor, deadline } = check;
  return {
    probe: buildProbe(check),
    required,
    intervalMs: readDurationMs(interval),
    timeoutMs: readDurationMs(timeout),
    ...(healthyFor === undefined ? {} : { healthyForMs: readDurationMs(healthyFor) }),
    ...(deadline === undefined ? {} : { deadlineMs: readDurationMs(deadline) }),
  };
}

function buildProbe({ command, http, tcp, file, unit, disk, process }: FilledProbe): HealthProbe {
  if (command !== undefined) return { kind: 'command', command };
  if (http !== undefined) return { kind: 'http', url: http };
  if (tcp !== undefined) return { kind: 'tcp', ...splitAddress(tcp) };
  if (file !== undefined) return { kind: 'file', path: file };
  if (unit !== undefined) return { kind: 'unit', unit };
  if (disk !== undefined) return { kind: 'disk', path: disk.path, freeBytes: readSizeBytes(disk.freeBytes) };
  assert(process !== undefined, 'the schema lets in a health check that looks at nothing');
  return { kind: 'process', name: process };
}

/** `host:port`, where an IPv6 address stands in brackets. */
function splitAddress(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) };
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const each of Object.values(value)) freeze(each);
  return Object.freeze(value);
}
