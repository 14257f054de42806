// `savepoint bundle create`, `restore` and `verify`: points in a file, for another store. `-` is stdout or stdin.
import {
  type BundleDescription,
  findStoreLocation,
  initSavepoint,
  isSavepointError,
  type OpenBundle,
  openBundle,
  openSavepoint,
  type RestoredBundle,
  type RestoredPoint,
  type Savepoint,
  SavepointError,
  verifyBundle,
} from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { usageError } from './command-line-error.js';
import { escapeName, escapeText } from './escape-name.js';
import { countOf, formatBytes } from './format-bytes.js';
import { formatTime } from './format-time.js';
import type { Output } from './output.js';
import { layOutTable } from './print-table.js';
import { storeOption, withSavepoint } from './with-savepoint.js';

const STREAM = '-';

export async function bundleCreateCommand(context: CommandContext): Promise<Outcome> {
  const { operands, options, output, interruption } = context;
  const [file, ...points] = operands;
  if (file === STREAM) checkStdout(output);
  const signal = interruption.listen();
  return withSavepoint(context, async (savepoint) => {
    const target = file === STREAM ? (bytes: Uint8Array) => output.bytes(bytes) : file;
    const result = await savepoint.bundle.create(target, points, {
      ...{ since: options.all('since'), bases: options.all('base'), signal },
      ...progressOf(output, 'Writing the bundle'),
    });
    if (output.json) output.document({ store: savepoint.location, file, ...result });
    else {
      const say = (line: string) => (file === STREAM ? output.message(line) : output.report(line));
      say(`Wrote ${describeContents(result)} ${formatBytes(result.bytes)}`);
      for (const line of requirementLines(result)) say(line);
    }
    return 'done';
  });
}

function checkStdout(output: Output): void {
  if (output.json)
    throw usageError("A bundle on stdout leaves no room for JSON; leave '--json' out, or name a file.", {
      command: 'bundle create',
    });
  if (process.stdout.isTTY)
    throw usageError('A bundle is nothing for a terminal; redirect stdout, or name a file.', {
      command: 'bundle create',
    });
}

export async function bundleVerifyCommand(context: CommandContext): Promise<Outcome> {
  const { operands, output, interruption } = context;
  const signal = interruption.listen();
  const progress = progressOf(output, 'Checking the bundle');
  const result = await verifyBundle(sourceOf(operands[0]), { signal, ...progress });
  if (output.json) output.document({ file: operands[0], ...result });
  else {
    output.report(
      `${escapeName(operands[0])} is ${output.style.green('sound')}: ${describeContents(result)} ${formatBytes(result.bytes)}, ${result.objectFormat}`,
      ...pointLines(result, output),
      ...requirementLines(result),
    );
  }
  return 'done';
}

export async function bundleRestoreCommand(context: CommandContext): Promise<Outcome> {
  const { operands, options, output, interruption } = context;
  const rename = renamings(options.all('rename'));
  const signal = interruption.listen();
  const bundle = await openBundle(sourceOf(operands[0]));
  let savepoint: Savepoint | undefined;
  try {
    savepoint = await openOrMake(context, bundle);
    if (savepoint.created) output.message(`savepoint: made a store in ${escapeName(savepoint.location)}`);
    const result = await savepoint.bundle.restore(bundle, {
      ...{ rename, signal, command: ['bundle', 'restore', ...operands] },
      ...progressOf(output, 'Reading the bundle'),
    });
    printRestored(output, savepoint, result);
    return 'done';
  } finally {
    await bundle.close();
    await savepoint?.close();
  }
}

/** A store that is made for a bundle has its object format; one that could not take it in is not made. */
async function openOrMake(context: CommandContext, bundle: OpenBundle): Promise<Savepoint> {
  try {
    return await openSavepoint(storeOption(context));
  } catch (error) {
    if (!isSavepointError(error, 'STORE_NOT_FOUND')) throw error;
  }
  const { requires, objectFormat } = bundle;
  if (requires.length === 0)
    return initSavepoint(findStoreLocation(storeOption(context).store), { objectFormat });
  throw new SavepointError(
    'BUNDLE_BASE_MISSING',
    `There is no store here, and the bundle builds on points that have to be in it: ${requires.map(({ name }) => name).join(', ')}. Restore a bundle that holds them first.`,
    { fields: { missing: requires } },
  );
}

function sourceOf(file: string): string | AsyncIterable<Uint8Array> {
  if (file !== STREAM) return file;
  if (process.stdin.isTTY) throw usageError('A bundle is expected on stdin; redirect it, or name a file.');
  return process.stdin;
}

function renamings(texts: readonly string[]): Record<string, string> {
  const pairs = texts.map((text): [string, string] => {
    const at = text.indexOf('=');
    if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)];
    throw usageError(`'${text}' gives no new name: give it as OLD=NEW.`, { command: 'bundle restore' });
  });
  return Object.fromEntries(pairs);
}

function progressOf(output: Output, doing: string) {
  if (!output.showsProgress) return {};
  const onProgress = (progress: { readonly bytes: number; readonly totalBytes?: number }) =>
    output.progress({ doing, ...progress });
  return { onProgress };
}

function describeContents(bundle: BundleDescription & { readonly objects: number }): string {
  return `${countOf(bundle.points.length, 'point')}, ${countOf(bundle.objects, 'object')},`;
}

function pointLines({ points }: BundleDescription, { style }: Output): string[] {
  const rows = points.map(({ name, createdAt, host, components, bytes }) => [
    style.bold(escapeName(name)),
    escapeText(formatTime(createdAt)),
    escapeName(host),
    formatBytes(bytes),
    components.map(escapeName).join(', '),
  ]);
  return layOutTable(rows, { indent: '  ', right: [3] });
}

function requirementLines({ requires }: BundleDescription): string[] {
  if (requires.length === 0) return [];
  const list = requires.map(({ name, id }) => `${escapeName(name)} (${id.slice(0, 12)})`).join(', ');
  return [`The other store has to have: ${list}`];
}

function printRestored(output: Output, { location, created }: Savepoint, result: RestoredBundle): void {
  if (output.json) {
    output.document({ store: location, created, ...result });
    return;
  }
  const { points, newObjects, storedBytes } = result;
  output.report(...points.map((point) => outcomeLine(point, output)));
  output.report(`New ${countOf(newObjects, 'object')}, stored in ${formatBytes(storedBytes)}`);
}

function outcomeLine({ name, id, outcome }: RestoredPoint, { style }: Output): string {
  const text = {
    added: 'Added point',
    recovered: 'Brought back the removed point',
    present: 'Has already, and keeps, point',
  }[outcome];
  return `${text} ${style.bold(escapeName(name))}, id ${id.slice(0, 12)}`;
}
