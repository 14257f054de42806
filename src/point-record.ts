// What a recovery point says of itself: savepoint.json and component.json in its tree, and the summary in its tag,
// so that listing points reads tags only. Canonical JSON: equal content gives equal ids.

import { SavepointError } from '../store/errors.js';
import type { ObjectId } from '../store/object-id.js';
import { parseJson as readJson } from '../store/parse-json.js';
import type { JsonObject } from './composition.js';

export const POINT_FORMAT = 1;

export type HealthLevel = 'unknown' | 'healthy' | 'degraded' | 'unhealthy' | 'critical';

export type ComponentCategory =
  | 'kernel'
  | 'filesystem'
  | 'configuration'
  | 'database'
  | 'service'
  | 'package'
  | 'security'
  | 'network';

/** One named piece of state, as a point holds it. */
export interface ComponentRecord {
  readonly name: string;
  readonly kind: string;
  readonly category: ComponentCategory;
  readonly adapterVersion: number;
  /** The absolute path that was captured; its names may hold escaped bytes. */
  readonly origin: string;
  /** What its state adapter goes by; a component of files has none. */
  readonly settings?: JsonObject;
  /** Paths relative to `origin` to which the component is limited; all where this is missing. */
  readonly only?: readonly string[];
  /** Set where these are single files, and of directories among them what is in these is not meant. */
  readonly exact?: true;
  readonly exclude?: readonly string[];
  readonly oneFileSystem: boolean;
  /** ISO 8601, UTC. */
  readonly capturedAt: string;
  readonly consistency: 'crash' | 'application';
  readonly dependsOn: readonly string[];
  /** Set where it goes first among those that are ready. */
  readonly critical?: true;
  /** What a rollback does where this component fails: `abort` goes back as a whole, and holds where this is missing. */
  readonly onError?: 'abort' | 'continue';
  /** Shell commands that have to succeed after a rollback of the component. */
  readonly validate?: readonly string[];
  /** Set where a rollback exchanges the root as a whole. */
  readonly swap?: true;
  /** Absolute paths, or `PATH#KEY`: what a rollback leaves as it is. */
  readonly neverRevert?: readonly string[];
  /** Units of systemd that are reloaded after a rollback has changed the component. */
  readonly reload?: readonly string[];
  /** Set where a rollback checks files before it puts them back. */
  readonly checkFormats?: true;
  /** Set where extended attributes could not be read on that host: what files had is not known. */
  readonly withoutXattrs?: true;
  readonly files: number;
  readonly directories: number;
  /** The sum of file sizes. */
  readonly bytes: number;
}

/** A file that is not part of a point, or not as it was. */
export interface PointProblem {
  readonly component: string;
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** What stands in savepoint.json. */
export interface PointRecord {
  readonly format: number;
  readonly savepoint: string;
  readonly host: string;
  readonly createdAt: string;
  readonly trigger: string;
  readonly health: HealthLevel;
  readonly tags: Readonly<Record<string, string>>;
  readonly complete: boolean;
  /** At most 1,000; `problemCount` has them all. */
  readonly problems: readonly PointProblem[];
  readonly problemCount: number;
  /** Of a save by a configuration: what of that is in no component's record, as `recordConfiguration` has it. */
  readonly configuration?: JsonObject;
}

/** What the tag says, besides its name and object. */
export interface TagSummary {
  readonly message: string;
  readonly createdAt: string;
  readonly host: string;
  readonly trigger: string;
  readonly health: HealthLevel;
  readonly complete: boolean;
  readonly components: readonly string[];
  readonly files: number;
  readonly bytes: number;
  readonly tags: Readonly<Record<string, string>>;
}

const SUMMARY_TRAILER = 'Savepoint-Summary: ';

export function encodeTagMessage(summary: TagSummary): string {
  const { message, ...rest } = summary;
  return `${message}\n\n${SUMMARY_TRAILER}${JSON.stringify(rest)}\n`;
}

/** Throws OBJECT_CORRUPT where the message is not one that `encodeTagMessage` made. */
export function parseTagMessage(text: string, id: ObjectId): TagSummary {
  const at = text.lastIndexOf(`\n\n${SUMMARY_TRAILER}`);
  if (at < 0) throw notAPoint(id);
  const rest = parseJson(text.slice(at + 2 + SUMMARY_TRAILER.length), id);
  const summary = { ...rest, message: text.slice(0, at) };
  if (isTagSummary(summary)) return summary;
  throw notAPoint(id);
}

const TEXTS = ['message', 'createdAt', 'host', 'trigger', 'health'] as const;
const NUMBERS = ['files', 'bytes'] as const;
/** As Date writes it: names are made of it. */
const TIME = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

/** Whether `value`, which comes from elsewhere, has all that a summary says, and in its form. */
export function isTagSummary<T extends Partial<Record<keyof TagSummary, unknown>>>(
  value: T,
): value is T & TagSummary {
  const { complete, components, tags } = value;
  return (
    TEXTS.every((key) => typeof value[key] === 'string') &&
    NUMBERS.every((key) => Number.isSafeInteger(value[key])) &&
    isTime(value.createdAt as string) &&
    typeof complete === 'boolean' &&
    isListOfTexts(components) &&
    typeof tags === 'object' &&
    tags !== null &&
    isListOfTexts(Object.values(tags))
  );
}

function isTime(text: string): boolean {
  return TIME.test(text) && !Number.isNaN(Date.parse(text));
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

export function encodeRecord(record: PointRecord | ComponentRecord): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(record, null, 2)}\n`);
}

/** Throws OBJECT_CORRUPT, or STORE_NEWER for a point of a later format. */
export function parsePointRecord(content: Uint8Array, id: ObjectId): PointRecord {
  const record = parseJson(new TextDecoder().decode(content), id) as PointRecord;
  if (typeof record.format !== 'number') throw notAPoint(id);
  if (record.format <= POINT_FORMAT) {
    const { configuration } = record;
    if (configuration !== undefined && !isMapping(configuration)) throw notAPoint(id);
    return record;
  }
  throw new SavepointError(
    'STORE_NEWER',
    `A point has format ${record.format}; use a newer savepoint to read it.`,
    {
      fields: { id, found: record.format, expected: POINT_FORMAT },
    },
  );
}

/** What `content` says of the component that the point's tree calls `name`. Throws OBJECT_CORRUPT. */
export function parseComponentRecord(content: Uint8Array, id: ObjectId, name: string): ComponentRecord {
  const record: Partial<ComponentRecord> = parseJson(new TextDecoder().decode(content), id);
  if (isComponentRecord(record) && record.name === name) return record;
  throw notAPoint(id);
}

const COMPONENT_TEXTS = ['name', 'kind', 'category', 'origin', 'capturedAt'] as const;
const COMPONENT_NUMBERS = ['files', 'directories', 'bytes'] as const;
const COMPONENT_LISTS = ['only', 'exclude', 'validate', 'neverRevert', 'reload'] as const;

/** Points come from other hosts, too: all that is worked with has its form. */
function isComponentRecord(record: Partial<ComponentRecord>): record is ComponentRecord {
  return (
    COMPONENT_TEXTS.every((key) => typeof record[key] === 'string') &&
    record.origin?.startsWith('/') === true &&
    COMPONENT_NUMBERS.every((key) => Number.isSafeInteger(record[key])) &&
    isListOfTexts(record.dependsOn) &&
    COMPONENT_LISTS.every((key) => record[key] === undefined || isListOfTexts(record[key])) &&
    (record.settings === undefined || isMapping(record.settings))
  );
}

function isMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(text: string, id: ObjectId): object {
  try {
    const parsed: unknown = readJson(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw notAPoint(id);
}

function notAPoint(id: ObjectId): SavepointError {
  return new SavepointError(
    'OBJECT_CORRUPT',
    `The object ${id} is not part of a recovery point as savepoint writes it.`,
    {
      fields: { id },
    },
  );
}
