// `savepoint init`: makes an empty store.
import { findStoreLocation, initSavepoint, type ObjectFormat } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { usageError } from './command-line-error.js';
import { escapeName } from './escape-name.js';
import { storeOption } from './with-savepoint.js';

export async function initCommand(context: CommandContext): Promise<Outcome> {
  const { operands, options, output } = context;
  const { store } = storeOption(context);
  if (store !== undefined && operands.length > 0) {
    throw usageError("Name the new store as DIR or by '--store', not both.", { command: 'init' });
  }
  const objectFormat = (options.find('object-format') ?? 'sha256') as ObjectFormat;
  const savepoint = await initSavepoint(operands[0] ?? findStoreLocation(store), { objectFormat });
  await savepoint.close();
  const { location } = savepoint;
  if (output.json) output.document({ store: location, objectFormat });
  else output.report(`Made a store in ${escapeName(location)}, with ${objectFormat} object ids.`);
  return 'done';
}
