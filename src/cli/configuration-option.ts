// The configuration that a command works by: what --config names, or what is found.
import { type Configuration, isSavepointError, readConfiguration } from '../index.js';
import type { CommandContext } from './command.js';
import { escapeText } from './escape-name.js';

/** `undefined` where there is none. Throws what is wrong with it. */
export function configurationOf({ options }: CommandContext): Promise<Configuration | undefined> {
  return readConfiguration(options.find('config'));
}

/**
 * As `configurationOf`, for what must go on without one: a file that nobody named may be among what is broken, so what is
 * wrong with it is only said.
 */
export async function usableConfigurationOf(context: CommandContext): Promise<Configuration | undefined> {
  try {
    return await configurationOf(context);
  } catch (error) {
    if (context.options.find('config') !== undefined || !isSavepointError(error)) throw error;
    context.output.problem(
      `savepoint: going on by what the point recorded, without the configuration: ${escapeText(error.message)}`,
    );
    return undefined;
  }
}
