// What is shown of an operation under way: the phase in words, and how far all of it is.
import type { RollbackPhase, RollbackProgress } from '../index.js';
import { escapeName } from './escape-name.js';
import type { Output } from './output.js';
import type { Progress } from './progress-line.js';

const WORDS: Readonly<Record<RollbackPhase, string>> = {
  preflight: 'Looking ahead',
  'safety-point': 'Saving',
  planning: 'Planning',
  staging: 'Staging',
  deciding: 'Deciding',
  applying: 'Applying',
  verifying: 'Verifying',
  validating: 'Validating',
  health: 'Checking health',
  reverting: 'Going back',
  ended: 'Ended',
};

/** For the options of an operation: draws its progress where that is shown. */
export function drawn(output: Output): { readonly onProgress?: (progress: RollbackProgress) => void } {
  return output.showsProgress ? { onProgress: (progress) => output.progress(toProgress(progress)) } : {};
}

export function toProgress(progress: RollbackProgress): Progress {
  const { phase, percent, component, files, totalFiles, bytes, totalBytes, secondsLeft } = progress;
  const doing = component === undefined ? WORDS[phase] : `${WORDS[phase]} ${escapeName(component)}`;
  return { doing, files, totalFiles, bytes, totalBytes, whole: { percent, secondsLeft } };
}
