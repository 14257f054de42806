// For tests of `parseConfiguration`: what it says of a text that it refuses, and where.
import { expect } from 'vitest';
import { parseConfiguration } from '#src/configuration/parse-configuration.js';
import { isSavepointError, type SavepointError } from '#store/errors.js';

export const FILE = 'savepoint.yaml';
/** A line with a right component. */
export const ETC = '  etc: { kind: config, paths: [/etc] }';

/** The lines of a file. */
export function lines(...text: readonly string[]): string {
  return `${text.join('\n')}\n`;
}

/** The refusal of `text`. Throws where it is taken, and whatever else is thrown. */
export function refusalOf(text: string): SavepointError {
  try {
    parseConfiguration(text, FILE);
  } catch (error) {
    if (isSavepointError(error, 'CONFIG_INVALID', 'UNSUPPORTED')) return error;
    throw error;
  }
  throw new Error(`This was taken, and should have been refused:\n${text}`);
}

/** Expects CONFIG_INVALID for these lines, at this place, with these fields and a message that says them. */
export function expectRefusal(
  text: readonly string[],
  { at: [line, column], path }: { at: readonly [line: number, column: number]; path: string },
  fields: Readonly<Record<string, unknown>>,
): void {
  const refusal = refusalOf(lines(...text));
  expect(refusal.fields).toMatchObject({ file: FILE, line, column, path, ...fields });
  expect(refusal.code).toBe('CONFIG_INVALID');
  expect(refusal.message).toContain(`${FILE}:${line}:${column}: `);
  expect(refusal.message).toContain(`expected ${refusal.fields['expected']}, but found`);
  expect(refusal.message).toContain(`but found ${refusal.fields['found']}.`);
}

/** Expects that `text` is taken, or refused with a place that is in it; nothing else may come of it. */
export function expectAnswer(text: string): void {
  try {
    parseConfiguration(text, FILE);
  } catch (error) {
    if (!isSavepointError(error, 'CONFIG_INVALID', 'UNSUPPORTED')) throw error;
    const { line, column } = error.fields as { line: number; column: number };
    const written = text.split('\n');
    expect(written[line - 1], error.message).toEqual(expect.any(String));
    expect(column, error.message).toBeGreaterThanOrEqual(1);
    expect(column, error.message).toBeLessThanOrEqual(written[line - 1].length + 1);
  }
}
