// What the tag of a new point says of it.
import { hostname } from 'node:os';
import type { ComponentRecord, HealthLevel, TagSummary } from './point-record.js';

/** What whoever takes a point says of it. */
export interface PointTexts {
  /** A line or more that says what the point is for. */
  readonly message?: string;
  /** The point's name; made from the time where this is missing. */
  readonly name?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** What made the point: `manual` unless set. */
  readonly trigger?: string;
  /** What is known of the system's health: `unknown` unless set. */
  readonly health?: HealthLevel;
  /** Keep the point from being removed. */
  readonly pin?: boolean;
}

export function summarizePoint(
  components: readonly Pick<ComponentRecord, 'name' | 'files' | 'bytes'>[],
  detail: {
    readonly createdAt: Date;
    readonly texts: PointTexts;
    /** Behind `Save` and the names of the components, where there is no message. */
    readonly from?: string;
    readonly complete: boolean;
  },
): TagSummary {
  const { createdAt, texts, from = '', complete } = detail;
  const names = components.map(({ name }) => name);
  return {
    message: texts.message ?? `Save ${names.join(', ')}${from}`,
    createdAt: createdAt.toISOString(),
    host: hostname(),
    trigger: texts.trigger ?? 'manual',
    health: texts.health ?? 'unknown',
    complete,
    components: names,
    files: components.reduce((sum, { files }) => sum + files, 0),
    bytes: components.reduce((sum, { bytes }) => sum + bytes, 0),
    tags: texts.tags ?? {},
  };
}
