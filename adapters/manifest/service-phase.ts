// What the words of supervisord, Docker and Kubernetes for the state of a service mean: whether it runs, has failed, or is
// still on its way.

/**
 * `settling` and `retrying` are on their way, the latter after a failure; `ended` has done its work; a word that nobody
 * knows is `other`.
 */
export type ServicePhase = 'up' | 'settling' | 'retrying' | 'failed' | 'ended' | 'down' | 'other';

const PHASES: readonly [ServicePhase, RegExp][] = [
  ['settling', /^(running \((health: )?starting\)|starting|stopping|created|removing|progressing|pending)$/],
  ['retrying', /^(backoff|restarting|not ready|crashloopbackoff|imagepullbackoff|errimagepull)$/],
  [
    'failed',
    /^(fatal|dead|failed|crashed|error|unhealthy|running \(unhealthy\)|exited \([^)]*[1-9][^)]*\))$/,
  ],
  ['ended', /^(exited|exited \(0\)|succeeded|complete|completed)$/],
  ['up', /^(running|running \(healthy\)|up|active|ready|healthy|ok|present)$/],
  ['down', /^(stopped|paused|inactive|disabled|suspended)$/],
];

export function phaseOf(state: string): ServicePhase {
  const word = state.toLowerCase();
  return PHASES.find(([, words]) => words.test(word))?.[0] ?? 'other';
}

/** Whether a service of that state is known not to change by itself. */
export function isSettled(state: string): boolean {
  return !['settling', 'retrying', 'other'].includes(phaseOf(state));
}

export function isFailing(state: string): boolean {
  return ['retrying', 'failed'].includes(phaseOf(state));
}
