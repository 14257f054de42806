// How a restore reports attributes that a file could not be given.
import type { RestoreProblem } from './restore-step.js';

export function attributeProblem(path: string, failed: readonly string[]): RestoreProblem {
  return { path, code: 'ATTRIBUTES', message: `could not be given ${failed.join(', ')}` };
}
