// Where what runs is not what is expected. A service that had failed, or was on its way, when it was recorded, can't be put
// back into that: whatever is no worse will do.
import { encodeDocument } from '../state/json-document.js';
import type { JsonObject } from '../state/state-adapter.js';
import type { Running, Service } from './running-state.js';
import { isFailing, isSettled, phaseOf } from './service-phase.js';

export interface Mismatch {
  /** The service's name; empty where what runs has no names. */
  readonly name: string;
  /** What is expected, and what is found, in words; missing where it is not to run, or does not. */
  readonly expected?: string;
  readonly found?: string;
  /** Whether time alone is not going to mend it, as far as the words for states are known. */
  readonly isSettled: boolean;
}

export function findMismatches(expected: Running, found: Running): Mismatch[] {
  if ('text' in expected || 'text' in found) {
    const [before, now] = [textOf(expected), textOf(found)];
    return before === now ? [] : [{ name: '', expected: before, found: now, isSettled: false }];
  }
  const byName = new Map(found.services.map((service) => [service.name, service]));
  const mismatches = expected.services.flatMap((service) => {
    const now = byName.get(service.name);
    byName.delete(service.name);
    if (now === undefined)
      return [{ name: service.name, expected: describeService(service), isSettled: true }];
    return isAsExpected(service, now) ? [] : [mismatchOf(service, now)];
  });
  const left = [...byName.values()].map((service) => ({
    name: service.name,
    found: describeService(service),
    isSettled: phaseOf(service.state) !== 'settling',
  }));
  return [...mismatches, ...left];
}

/** Services that are as good as expected, without being what they were. */
export function findBetter(expected: Running, found: Running): Mismatch[] {
  if ('text' in expected || 'text' in found) return [];
  const byName = new Map(found.services.map((service) => [service.name, service]));
  return expected.services.flatMap((service) => {
    const now = byName.get(service.name);
    const isBetter = now !== undefined && isFailing(service.state) && now.state !== service.state;
    return isBetter && isAsExpected(service, now) ? [mismatchOf(service, now)] : [];
  });
}

/** `FATAL (can't find command 'x')`. */
export function describeService({ state, details }: Service): string {
  const { reason, image, images } = details ?? {};
  const said =
    typeof reason === 'string' ? reason : (image ?? (Array.isArray(images) ? images.join(', ') : ''));
  return said === '' ? state : `${state} (${said})`;
}

function isAsExpected(expected: Service, found: Service): boolean {
  if (identityOf(expected) !== identityOf(found)) return false;
  if (expected.state === found.state) return true;
  const now = phaseOf(found.state);
  switch (phaseOf(expected.state)) {
    case 'up':
      return now === 'up';
    case 'retrying':
    case 'failed':
      return true;
    case 'settling':
    case 'ended':
      return ['up', 'settling', 'ended'].includes(now);
    default:
      return false;
  }
}

/** What it is, apart from how it does. */
function identityOf({ details = {} }: Service): string {
  const { reason: _, ...rest } = details as JsonObject;
  return new TextDecoder().decode(encodeDocument(rest));
}

function mismatchOf(expected: Service, found: Service): Mismatch {
  return {
    name: found.name,
    expected: describeService(expected),
    found: describeService(found),
    isSettled: isSettled(found.state),
  };
}

function textOf(running: Running): string {
  if ('text' in running) return running.text;
  return running.services.map((service) => `${service.name} ${describeService(service)}\n`).join('');
}
