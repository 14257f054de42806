// What savepoint.yaml says, as plain data: every default filled in, durations in milliseconds, sizes in bytes.
// savepoint.schema.json describes how it is written.
import type { JsonObject } from '../composition.js';
import type { ComponentCategory } from '../point-record.js';

export interface Configuration {
  /** Where it was read from, as messages name it. */
  readonly file: string;
  /** Absolute paths of modules that export state adapters. */
  readonly adapters: readonly string[];
  readonly components: readonly ConfiguredComponent[];
  readonly retention: RetentionPolicy;
  readonly guard: GuardPolicy;
}

/** Kinds of components that are files and directories. */
export const FILE_KINDS = ['files', 'config'] as const;

/** Kinds of components that this version has state adapters for. */
export const STATE_KINDS = [
  ...(['systemd', 'kernel', 'packages', 'security', 'manifest'] as const),
  ...(['postgres', 'mariadb', 'sqlite', 'redis'] as const),
] as const;

/** The kinds that a configuration may use, `custom` for adapters of its own. */
export const ADAPTED_KINDS = [...FILE_KINDS, ...STATE_KINDS, 'custom'] as const;

export type ConfiguredComponent = FileComponent | StateComponent;

/** What holds for all kinds of components. */
export interface CommonSettings {
  readonly name: string;
  readonly category: ComponentCategory;
  readonly critical: boolean;
  /** The names of the components that it depends on: each exists, and there is no circle. */
  readonly after: readonly string[];
  readonly onError: 'abort' | 'continue';
  /** Shell commands. */
  readonly validate: readonly string[];
}

export interface FileComponent extends CommonSettings {
  readonly kind: (typeof FILE_KINDS)[number];
  /** Absolute, at least one, as written. */
  readonly paths: readonly string[];
  readonly exclude: readonly string[];
  readonly swap: boolean;
  readonly oneFileSystem: boolean;
  /** Absolute paths, or `PATH#KEY`: what a rollback leaves as it is. */
  readonly neverRevert: readonly string[];
  /** Units of systemd. */
  readonly reload: readonly string[];
  /** Whether files are checked before they are put back. */
  readonly checkFormats: boolean;
}

export interface StateComponent extends CommonSettings {
  /** As its state adapter is called. */
  readonly kind: string;
  /** What the adapter goes by. */
  readonly settings: JsonObject;
}

export function isFileComponent(component: ConfiguredComponent): component is FileComponent {
  return 'paths' in component;
}

/** Which points are kept; a point stays that any rule keeps. */
export interface RetentionPolicy {
  readonly keepLast: number;
  readonly keepPerComponent: number;
  readonly keepHours: number;
  readonly keepDaily: number;
  readonly keepWeekly: number;
  readonly keepMonthly: number;
  /** `KEY` or `KEY=VALUE`: points with such a tag. */
  readonly keepTags: readonly string[];
  /** No limit where it is missing. */
  readonly maxBytes?: number;
}

export type GuardTrigger = 'failure' | 'timeout' | 'service' | 'critical-log' | 'corruption';

/** What starts the way back, and how far that goes. */
export type TriggerRule = {
  /** Only say what was found, or go back. */
  readonly do: 'revert' | 'report';
  /** Names or categories of the components that the trouble is about; all where it is missing. */
  readonly components?: readonly string[];
} & (
  | { readonly on: 'failure' | 'timeout' }
  /** All services where no units are named. */
  | { readonly on: 'service'; readonly units?: readonly string[] }
  /** The kernel's log where no file is named. Patterns are regular expressions. */
  | { readonly on: 'critical-log'; readonly file?: string; readonly patterns?: readonly string[] }
  /** Files, and all below directories, that must keep their content; and the store, where it says so. */
  | { readonly on: 'corruption'; readonly paths: readonly string[]; readonly store: boolean }
);

export interface GuardPolicy {
  readonly timeoutMs: number;
  /** Nobody has to confirm where it is missing. */
  readonly confirmMs?: number;
  /** How long triggers watch a change at least, where nobody has to confirm it. */
  readonly watchMs: number;
  readonly triggers: readonly TriggerRule[];
  readonly partial: boolean;
  /** Whether data, of the category database, goes back, too. */
  readonly withData?: boolean;
  /** How often at most the watchdog rolls back, and how long it waits after the first of them. */
  readonly rollbacksPerHour: number;
  readonly backOffMs: number;
  /** Names of components, and categories. */
  readonly priority: readonly string[];
  readonly health: readonly HealthCheck[];
}

export interface HealthCheck {
  readonly probe: HealthProbe;
  readonly required: boolean;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** To hold once is enough where it is missing. */
  readonly healthyForMs?: number;
  /** The guard's timeout where it is missing. */
  readonly deadlineMs?: number;
}

/** What a health check looks at. */
export type HealthProbe =
  /** In the root directory, unless another one is named. */
  | { readonly kind: 'command'; readonly command: string; readonly directory?: string }
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'unit'; readonly unit: string }
  | { readonly kind: 'disk'; readonly path: string; readonly freeBytes: number }
  | { readonly kind: 'process'; readonly name: string };
