// A flag that says how long something may take.
import { parseDuration } from '../index.js';
import type { CommandContext } from './command.js';

/** The value of `option` in milliseconds, under `name`; nothing where the flag is not given. Throws USAGE. */
export function durationOption<Name extends string>(
  { options }: CommandContext,
  option: string,
  name: Name,
): Partial<Record<Name, number>> {
  const text = options.find(option);
  if (text === undefined) return {};
  return { [name]: parseDuration(text) } as Record<Name, number>;
}
