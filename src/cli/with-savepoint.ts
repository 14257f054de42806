// Opens the store that the command line names for as long as a command works with it.
import { openSavepoint, type Savepoint } from '../index.js';
import type { CommandContext, Outcome } from './command.js';

export async function withSavepoint(
  context: CommandContext,
  work: (savepoint: Savepoint) => Promise<Outcome>,
  options: { readonly create?: boolean } = {},
): Promise<Outcome> {
  const savepoint = await openSavepoint({ ...storeOption(context), ...options });
  try {
    return await work(savepoint);
  } finally {
    await savepoint.close();
  }
}

/** `--store` and `--config`, where they are given. */
export function storeOption({ options }: CommandContext): {
  readonly store?: string;
  readonly config?: string;
} {
  const [store, config] = [options.find('store'), options.find('config')];
  return { ...(store === undefined ? {} : { store }), ...(config === undefined ? {} : { config }) };
}
