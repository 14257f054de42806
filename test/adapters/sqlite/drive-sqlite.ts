// Drives the state adapter of SQLite databases as a rollback does, with an attempt and the one that takes it back.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { sqliteAdapter } from '#adapters/sqlite/sqlite-adapter.js';
import type { JsonObject, JsonValue, StateProblem } from '#adapters/state/state-adapter.js';
import { captureState, compareStates, type DrivenState } from '../../fixtures/drive-adapter.js';

export interface DrivenAttempt {
  readonly prepared: JsonValue;
  apply(): Promise<readonly StateProblem[]>;
  verify(): Promise<readonly StateProblem[]>;
  discard(): Promise<void>;
}

/** Compares and stages, as attempt 1 or, taking that back, 2. */
export async function stageAttempt(
  number: 1 | 2,
  settings: JsonObject,
  { from, to }: { readonly from: DrivenState; readonly to: DrivenState },
): Promise<DrivenAttempt> {
  const directory = mkdtempSync(join(tmpdir(), 'savepoint-staging-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const context = {
    ...{ component: 'it', settings, attempt: `op-${number}`, staging: () => directory },
    ...(number === 2 ? { takesBack: 'op-1' } : {}),
  };
  const { steps } = await compareStates(sqliteAdapter, { from, to }, { settings });
  const prepared = JSON.parse(
    JSON.stringify(await sqliteAdapter.stage(steps, { ...context, from, to })),
  ) as JsonValue;
  const applying = { ...context, done: () => undefined };
  return {
    prepared,
    apply: () => sqliteAdapter.apply(prepared, applying),
    verify: async () => (await sqliteAdapter.verify?.(prepared, applying)) ?? [],
    discard: async () => sqliteAdapter.discard?.(context),
  };
}

/** From what is there now to a state, all the way; answers what is wrong. */
export async function rollBack(settings: JsonObject, to: DrivenState): Promise<readonly StateProblem[]> {
  const from = await captureState(sqliteAdapter, { settings, previous: to });
  const attempt = await stageAttempt(1, settings, { from, to });
  const problems = [...(await attempt.apply()), ...(await attempt.verify())];
  await attempt.discard();
  return problems;
}

/** The names of what an adapter has made in a directory. */
export function ownFiles(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.startsWith('.savepoint-'));
}
