// One attempt of a rollback of a Redis server, call by call, as an operation makes them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { redisAdapter } from '#adapters/redis/redis-adapter.js';
import { RedisSession } from '#adapters/redis/redis-session.js';
import type { JsonObject, JsonValue, StateProblem, StateStep } from '#adapters/state/state-adapter.js';
import { captureState, compareStates, type DrivenState } from '../../fixtures/drive-adapter.js';
import { type RedisServer, startRedis } from '../../fixtures/redis-server.js';

export interface Attempt {
  readonly steps: readonly StateStep[];
  readonly notes: readonly string[];
  readonly prepared: JsonValue;
  apply(): Promise<readonly StateProblem[]>;
  verify(): Promise<readonly StateProblem[]>;
  discard(): Promise<void>;
}

/** For the running test. */
export function testServer(...settings: readonly string[]): RedisServer {
  const server = startRedis(...settings);
  onTestFinished(() => server.close());
  return server;
}

export function capture(settings: JsonObject, previous?: DrivenState): Promise<DrivenState> {
  return captureState(redisAdapter, { settings, ...(previous === undefined ? {} : { previous }) });
}

/** Stages what leads to `to`, from the state as it is unless `from` says otherwise. */
export async function stage(
  settings: JsonObject,
  to: DrivenState,
  detail: {
    readonly from?: DrivenState;
    readonly name?: string;
    readonly takesBack?: string;
    readonly component?: string;
  } = {},
): Promise<Attempt> {
  const { name = 'a1-1', takesBack, component = 'it' } = detail;
  const from = detail.from ?? (await capture(settings));
  const directory = mkdtempSync(join(tmpdir(), 'savepoint-staging-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const context = {
    ...{ component, settings, attempt: name, staging: () => directory, done: () => undefined },
    ...(takesBack === undefined ? {} : { takesBack }),
  };
  const { steps, notes = [] } = await compareStates(redisAdapter, { from, to }, { settings });
  const prepared = throughJournal(await redisAdapter.stage(steps, { ...context, from, to }));
  return {
    ...{ steps, notes, prepared },
    apply: () => redisAdapter.apply(prepared, context),
    verify: async () => (await redisAdapter.verify?.(prepared, context)) ?? [],
    discard: async () => redisAdapter.discard?.(context),
  };
}

function throughJournal(value: JsonValue): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

/** A client of the server, for the running test. */
export async function openClient(server: RedisServer): Promise<RedisSession> {
  const address = { place: { socket: server.socket }, user: undefined, database: 0 };
  const session = await RedisSession.open({ component: 'test', address });
  onTestFinished(() => session.kill());
  return session;
}

export interface Writer {
  /** How many times it has written. */
  count(): number;
  readonly ended: Promise<void>;
}

/** Writes, and changes what is there, for as long as the key `epoch` says `now`: in the same instant. */
export function startWriter(client: RedisSession): Writer {
  let count = 0;
  const write = async () => {
    for (;;) {
      const written = await client.call('EVAL', WRITE, '0', String(count));
      if (written !== 1) return;
      count++;
    }
  };
  return { count: () => count, ended: write() };
}

const WRITE = `
if redis.call('GET', 'epoch') ~= 'now' then return 0 end
redis.call('SET', 'written:' .. ARGV[1], ARGV[1])
redis.call('INCR', 'counter')
redis.call('DEL', 'doomed:' .. ARGV[1])
return 1`;
