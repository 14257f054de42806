// What is done to a component besides its files, a line a step, and what differs and can't be put back.
import type { RollbackResult } from '../index.js';
import { escapeName, escapeText } from './escape-name.js';
import type { Style } from './style.js';

type PlannedComponent = RollbackResult['components'][number];

export function stateLines({ component, state }: PlannedComponent, style: Style): string[] {
  if (state === undefined || state.steps.length + state.unrestorable.length === 0) return [];
  return [
    style.bold(escapeName(component)),
    ...state.steps.map(({ text }) => `  ${style.yellow('~')} ${escapeText(text)}`),
    ...unrestorableLines({ state }).map((line) => `  ${style.dim('!')} ${line}`),
  ];
}

/** What differs and stays as it is. */
export function unrestorableLines({ state }: Pick<PlannedComponent, 'state'>): string[] {
  return (state?.unrestorable ?? []).map(
    ({ object, text }) => `${escapeText(object)} can't be put back: ${escapeText(text)}`,
  );
}
