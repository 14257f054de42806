// What the operation log, the journal and guarded changes are written as, byte by byte: a process of a later version has to be
// able to finish what one of an earlier version has begun. A golden file is never changed.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createNodePlatform } from '#adapters/node/node-platform.js';
import { guardJournal } from '#src/guard/guard-journal.js';
import type { GuardBegin, GuardPhase } from '#src/guard/guard-record.js';
import { journal } from '#src/journal/journal.js';
import type { Session } from '#src/session.js';
import { encodeEntry, parseEntry } from '#store/operations/operation-entry.js';
import { createMapBackend } from '../store/map-backend.js';
import {
  SAMPLE_BEGIN,
  SAMPLE_DECISION,
  SAMPLE_ENTRY,
  SAMPLE_GUARD,
  SAMPLE_PHASES,
  SAMPLE_PLAN,
} from './operation-samples.js';

const platform = await createNodePlatform();
const golden = (name: string) =>
  new Uint8Array(readFileSync(new URL(`./operations/${name}`, import.meta.url)));

function placeWith(files: Readonly<Record<string, string>>) {
  const backend = createMapBackend();
  for (const [name, file] of Object.entries(files)) backend.createExclusive(name, golden(file));
  const store = { backend, platform } as unknown as Session['store'];
  return { backend, platform, store, location: '/nowhere' };
}

describe('an entry of the operation log', () => {
  it('is read and written as ever', () => {
    expect(parseEntry(platform, golden('entry.line'), 'operations/golden')).toEqual(SAMPLE_ENTRY);
    expect(encodeEntry(platform, SAMPLE_ENTRY)).toEqual(golden('entry.line'));
  });
});

describe('the journal', () => {
  it.each(['begin.json', 'begin-3.json'])('is read as ever: %s', async (file) => {
    const place = placeWith({ 'journal/begin.json': file });
    expect((await journal.read(place))?.begin).toMatchObject(SAMPLE_BEGIN);
  });

  it('is written as ever', async () => {
    const place = placeWith({});
    expect(await journal.begin(place, SAMPLE_BEGIN)).toBe(true);
    await journal.plan(place, SAMPLE_PLAN);
    await journal.decide(place, SAMPLE_DECISION);
    expect(await place.backend.read('journal/begin.json')).toEqual(golden('begin-3.json'));
    expect(await place.backend.read('journal/plan-1.json')).toEqual(golden('plan-3.json'));
    expect(await place.backend.read('journal/decision-1.json')).toEqual(golden('decision-3.json'));
  });
});

describe('a guarded change', () => {
  it('is read and written as ever', async () => {
    const written = placeWith({});
    expect(await guardJournal.arm(written, SAMPLE_GUARD)).toBe(true);
    expect(await written.backend.read('guard/000007-begin.json')).toEqual(golden('guard-begin.json'));
    expect(
      (await guardJournal.read(placeWith({ 'guard/000007-begin.json': 'guard-begin.json' })))?.begin,
    ).toMatchObject(SAMPLE_GUARD satisfies GuardBegin);
  });

  it.each(Object.entries(SAMPLE_PHASES))('that is %s is read as ever', async (name, phase) => {
    const files = { 'guard/000007-begin.json': 'guard-begin.json' };
    const place = placeWith({ ...files, 'guard/000007-state-000001.json': `guard-${name}.json` });
    expect((await guardJournal.read(place))?.last).toMatchObject(phase satisfies GuardPhase);
  });
});
