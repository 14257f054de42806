// What a scene printed that ran the conformance suite in another root, or in other namespaces (run-scene.mjs).
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { RunResult } from '../fixtures/run-command.js';

/** This project, where its files are not mounted elsewhere. */
export const HERE = fileURLToPath(new URL('../..', import.meta.url));

/** A scene may take its time on a busy machine. */
export const PATIENT = { timeoutMs: 600_000 };

/** The words that run a scene where the project is at `project`. */
export function sceneWords(project: string, scene: string): string[] {
  return [
    join(project, 'test/conformance/run-scene.mjs'),
    join(project, `test/conformance/scenes/${scene}.mjs`),
  ];
}

export function expectAllPassed({ stdout, stderr, exitCode }: RunResult): void {
  expect([exitCode, stderr]).toEqual([0, '']);
  const results = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly name: string; readonly error?: string });
  expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(results.length).toBeGreaterThanOrEqual(10);
}
