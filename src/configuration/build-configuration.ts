// From the words of savepoint.yaml to those of the program: amounts become numbers, and each health check its probe.
import { assert } from '../../store/errors.js';
import { readDurationMs, readSizeBytes } from './amounts.js';
import type {
  Configuration,
  ConfiguredComponent,
  GuardPolicy,
  HealthCheck,
  HealthProbe,
  RetentionPolicy,
} from './configuration.js';

type Amount = string | number;

/** A file as its schema says, with the defaults filled in. */
export interface FilledFile {
  readonly components: Readonly<Record<string, Omit<ConfiguredComponent, 'name'>>>;
  readonly retention: Omit<RetentionPolicy, 'maxBytes'> & { readonly maxBytes?: Amount };
  readonly guard: FilledGuard;
}

interface FilledGuard extends Pick<GuardPolicy, 'triggers' | 'partial' | 'priority'> {
  readonly timeout: Amount;
  readonly confirm?: Amount;
  readonly health: readonly FilledCheck[];
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
  const components = Object.entries(filled.components).map(([name, component]) => ({ name, ...component }));
  const { maxBytes, ...retention } = filled.retention;
  return freeze({
    ...{ file, components },
    retention: { ...retention, ...(maxBytes === undefined ? {} : { maxBytes: readSizeBytes(maxBytes) }) },
    guard: buildGuard(filled.guard),
  });
}

function buildGuard({ timeout, confirm, health, ...guard }: FilledGuard): GuardPolicy {
  return {
    timeoutMs: readDurationMs(timeout),
    ...(confirm === undefined ? {} : { confirmMs: readDurationMs(confirm) }),
    ...guard,
    health: health.map(buildCheck),
  };
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
