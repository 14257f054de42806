// Random histories of several logs on one backend, against a plain map. Each run has its seed in its name; set
// SAVEPOINT_TEST_SEED to see one again.

import { describe, expect, it } from 'vitest';
import { createMemoryBackend } from '#adapters/backends/memory-backend.js';
import type { Backend } from '#store/backend.js';
import { isSavepointError } from '#store/errors.js';
import {
  openRefLog,
  type RefChange,
  type RefLog,
  type RefState,
  type RefValue,
} from '#store/refs/ref-log.js';
import { verifyRefLog } from '#store/refs/verify-ref-log.js';
import { CONTEXT, idOf, interceptBackend, seededRandom } from './ref-log-fixture.js';

const given = process.env['SAVEPOINT_TEST_SEED'];
const first = given === undefined ? Math.floor(Math.random() * 1e9) : Number(given);
const seeds = given === undefined ? [1, 2, first, first + 1] : [first];

interface History {
  readonly updates: Map<number, readonly RefChange[]>;
  readonly states: RefState[];
  refusals: number;
}

class RandomUser {
  private seen: ReadonlyMap<string, RefValue> = new Map();

  constructor(
    private readonly log: RefLog,
    private readonly random: () => number,
    private readonly history: History,
  ) {}

  async act(): Promise<void> {
    if (this.random() < 0.2) return this.learn(await this.log.read());
    const changes = this.chooseChanges();
    try {
      const state = await this.log.update(changes);
      this.learn(state);
      if (changes.every(({ expected, value }) => expected === value)) return;
      expect(this.history.updates.has(state.sequence)).toBe(false);
      this.history.updates.set(state.sequence, changes);
    } catch (error) {
      if (!isSavepointError(error, 'REF_MOVED')) throw error;
      expect(error.fields['found']).not.toBe(error.fields['expected']);
      this.history.refusals++;
      this.learn(await this.log.read());
    }
  }

  private learn(state: RefState): void {
    this.seen = state.refs;
    this.history.states.push(state);
  }

  private chooseChanges(): RefChange[] {
    const names = new Set<string>();
    while (names.size === 0 || this.random() < 0.4) names.add(`points/${Math.floor(this.random() * 12)}`);
    return [...names].map((name) => {
      const expected = this.seen.get(name)?.id;
      const kind = this.random();
      if (kind < 0.15) return { name, expected, value: expected };
      if (kind < 0.35) return { name, expected, value: undefined };
      return { name, expected, value: idOf(Math.floor(this.random() * 1e6)) };
    });
  }
}

/** A backend whose calls take their turn at random. */
function jitter(backend: Backend, random: () => number): Backend {
  const wait = async () => {
    for (let turns = Math.floor(random() * 4); turns > 0; turns--) await Promise.resolve();
    if (random() < 0.05) await new Promise((resolve) => setImmediate(resolve));
  };
  return interceptBackend(backend, { before: wait, after: wait });
}

/** The map that the updates lead to, in the order of their numbers, after each number. */
function replay(updates: ReadonlyMap<number, readonly RefChange[]>): Map<string, RefValue>[] {
  const versions = [new Map<string, RefValue>()];
  for (let sequence = 1; sequence <= updates.size; sequence++) {
    const refs = new Map(versions[sequence - 1]);
    const changes = updates.get(sequence);
    expect(changes, `transaction ${sequence}`).toBeDefined();
    for (const { name, expected, value } of [...(changes ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      expect(refs.get(name)?.id, `${name} before ${sequence}`).toBe(expected);
      if (value === expected) continue;
      refs.delete(name);
      if (value !== undefined) refs.set(name, { id: value, sequence });
    }
    versions.push(refs);
  }
  return versions;
}

describe('a ref log under random use', () => {
  it.each(seeds)('is a serial history of its updates (seed %i)', async (seed) => {
    const random = seededRandom(seed);
    const backend = createMemoryBackend();
    const history: History = { updates: new Map(), states: [], refusals: 0 };
    const users = Array.from({ length: 4 }, () => {
      const log = openRefLog({ backend: jitter(backend, random), ...CONTEXT });
      return new RandomUser(log, random, history);
    });
    await Promise.all(
      users.map(async (user) => {
        for (let step = 0; step < 150; step++) await user.act();
      }),
    );
    const versions = replay(history.updates);
    for (const { sequence, refs } of history.states) expect([...refs]).toEqual([...versions[sequence]]);
    const end = await openRefLog({ backend, ...CONTEXT }).read();
    expect(end.sequence).toBe(history.updates.size);
    expect([...end.refs]).toEqual([...versions[end.sequence]]);
    expect(await verifyRefLog({ backend, ...CONTEXT })).toEqual([]);
    expect(history.refusals).toBeGreaterThan(0);
    expect(history.updates.size).toBeGreaterThan(130);
  });
});
