// Names the files that something went wrong with: the first few, and how many more there are.

import { escapeName, escapeText } from './escape-name.js';
import { formatCount } from './format-bytes.js';
import type { Output } from './output.js';

const MOST_SHOWN = 20;

export interface ShownProblem {
  /** Where the file is on this host. */
  readonly path: string;
  readonly message: string;
}

/** Says nothing where there are none, and in JSON, where the document names them. */
export function reportProblems(output: Output, heading: string, problems: readonly ShownProblem[]): void {
  if (problems.length === 0 || output.json) return;
  output.problem(`savepoint: ${heading}`);
  for (const { path, message } of problems.slice(0, MOST_SHOWN)) {
    output.problem(`  ${escapeName(path)}: ${escapeText(message)}`);
  }
  if (problems.length > MOST_SHOWN)
    output.problem(`  … and ${formatCount(problems.length - MOST_SHOWN)} more`);
}

/** Directories that were to go. */
export function reportKeptDirectories(output: Output, paths: readonly string[]): void {
  for (const path of paths)
    output.message(`${escapeName(path)} stays: there are files in it that no point knows`);
}
