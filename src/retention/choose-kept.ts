// Which points are kept, and why: a pure function of what points say of themselves, their order and the time. A point
// stays that any rule keeps.
import type { ObjectId } from '../../store/object-id.js';
import type { RetentionPolicy } from '../configuration/configuration.js';
import type { HealthLevel } from '../point-record.js';

/** What decides about a point. */
export interface RetainedPoint {
  readonly id: ObjectId;
  readonly name: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly components: readonly string[];
  readonly health: HealthLevel;
  readonly tags: Readonly<Record<string, string>>;
}

export interface RetentionContext {
  readonly policy: RetentionPolicy;
  readonly nowMs: number;
  readonly pinned: ReadonlySet<ObjectId>;
  /** Points that an operation needs. */
  readonly needed: ReadonlySet<ObjectId>;
}

export interface RetentionDecision<T extends RetainedPoint = RetainedPoint> {
  readonly point: T;
  /** Why it is kept; it is dropped where there are none. */
  readonly reasons: readonly string[];
  /** Whether one of them holds however large the store is. */
  readonly isProtected: boolean;
}

const HOUR_MS = 3600 * 1000;

/** A decision for each of `points`, which come oldest first, in their order. */
export function chooseKept<T extends RetainedPoint>(
  points: readonly T[],
  context: RetentionContext,
): RetentionDecision<T>[] {
  const reasons = new Map<ObjectId, string[]>(points.map(({ id }) => [id, []]));
  const protectedIds = new Set<ObjectId>();
  const keep = (point: T, reason: string) => reasons.get(point.id)?.push(reason);
  const protect = (point: T, reason: string) => {
    keep(point, reason);
    protectedIds.add(point.id);
  };
  const { policy } = context;
  const newest = [...points].reverse();
  newest.slice(0, policy.keepLast).forEach((point, index) => {
    if (index === 0) protect(point, 'the latest');
    else keep(point, `one of the last ${policy.keepLast}`);
  });
  keepOfComponents(newest, policy.keepPerComponent, keep);
  for (const point of points) {
    const { id, tags } = point;
    if (context.nowMs - Date.parse(point.createdAt) <= policy.keepHours * HOUR_MS)
      keep(point, `made within ${policy.keepHours} hours`);
    if (context.pinned.has(id)) protect(point, 'pinned');
    if (context.needed.has(id)) protect(point, 'needed by an operation');
    const tag = policy.keepTags.find((wanted) => hasTag(tags, wanted));
    if (tag !== undefined) protect(point, `tagged ${tag}`);
  }
  for (const { count, period, nameOf } of periodsOf(policy)) {
    const seen = new Set<string>();
    for (const point of newest) {
      const name = nameOf(new Date(point.createdAt));
      if (seen.has(name)) continue;
      if (seen.size >= count) break;
      seen.add(name);
      keep(point, `the newest of ${period} ${name}`);
    }
  }
  const healthy = newest.find(({ health }) => health === 'healthy');
  if (healthy !== undefined) protect(healthy, 'the latest healthy one');
  return points.map((point) => ({
    point,
    reasons: reasons.get(point.id) ?? [],
    isProtected: protectedIds.has(point.id),
  }));
}

function keepOfComponents<T extends RetainedPoint>(
  newest: readonly T[],
  count: number,
  keep: (point: T, reason: string) => void,
): void {
  const seen = new Map<string, number>();
  for (const point of newest) {
    const lacking = point.components.filter((name) => (seen.get(name) ?? 0) < count);
    for (const name of point.components) seen.set(name, (seen.get(name) ?? 0) + 1);
    if (lacking.length > 0) keep(point, `one of the last ${count} of ${lacking.join(', ')}`);
  }
}

/** `KEY`, or `KEY=VALUE`. */
function hasTag(tags: Readonly<Record<string, string>>, wanted: string): boolean {
  const at = wanted.indexOf('=');
  if (at < 0) return Object.hasOwn(tags, wanted);
  return tags[wanted.slice(0, at)] === wanted.slice(at + 1);
}

function periodsOf({ keepDaily, keepWeekly, keepMonthly }: RetentionPolicy) {
  return [
    { count: keepDaily, period: 'the day', nameOf: dayOf },
    { count: keepWeekly, period: 'the week', nameOf: weekOf },
    { count: keepMonthly, period: 'the month', nameOf: (date: Date) => dayOf(date).slice(0, 7) },
  ];
}

/** In the time zone of this host. */
function dayOf(date: Date): string {
  const [month, day] = [date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0'));
  return `${date.getFullYear()}-${month}-${day}`;
}

/** The Monday that the week begins with. */
function weekOf(date: Date): string {
  const monday = new Date(date.getFullYear(), date.getMonth(), date.getDate() - ((date.getDay() + 6) % 7));
  return dayOf(monday);
}
