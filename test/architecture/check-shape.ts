// The shape of a file: short, with short functions, opened by a comment, exporting by name, with nothing left to finish.
import { isProductCode } from './check-layers.js';
import type { ModuleFacts } from './parse-module.js';

const MOST_FILE_LINES = 300;
const MOST_FUNCTION_LINES = 60;
const MOST_OPENING_LINES = 3;
/** Spelled in halves, so that the rule does not find itself. */
const UNFINISHED = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b`);

/** Rules on plain text, for documents and for code. */
export function checkText(path: string, text: string): string[] {
  return text.split('\n').flatMap((line, index) => {
    const mark = UNFINISHED.exec(line);
    return mark === null ? [] : [`${path}:${index + 1}: has '${mark[0]}': finish it, or open an issue`];
  });
}

export function checkFileSize(path: string, text: string): string[] {
  const lines = text.replace(/\n$/, '').split('\n').length;
  if (lines <= MOST_FILE_LINES) return [];
  return [`${path}:1: has ${lines} lines, more than ${MOST_FILE_LINES}: look for the second thing it does`];
}

export function checkShape(path: string, facts: ModuleFacts): string[] {
  const violations = facts.errors.map((message) => `${path}:1: does not parse: ${message}`);
  if (facts.openingCommentLines === 0) violations.push(`${path}:1: does not open with a comment`);
  if (facts.openingCommentLines > MOST_OPENING_LINES) {
    violations.push(
      `${path}:1: opens with ${facts.openingCommentLines} lines of comment, more than ${MOST_OPENING_LINES}`,
    );
  }
  if (!/^(src|store|adapters)\//.test(path)) return violations;
  // A declaration says what somebody else's package exports.
  if (isProductCode(path) && !path.endsWith('.d.ts')) {
    for (const { name, line } of facts.looseExports) {
      violations.push(
        `${path}:${line}: exports ${name === 'star' ? 'with *' : 'a default'}: export each thing by its name`,
      );
    }
  }
  for (const { name, line, lines } of facts.functions) {
    if (lines <= MOST_FUNCTION_LINES) continue;
    violations.push(`${path}:${line}: '${name}' has ${lines} lines, more than ${MOST_FUNCTION_LINES}`);
  }
  return violations;
}
