// `savepoint log`: the operations that were carried out with this store, oldest first.
import type { HistoryEntry, OperationEntry } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { usageError } from './command-line-error.js';
import { shortId } from './describe-point.js';
import { escapeName, escapeText } from './escape-name.js';
import { followOperation } from './follow-operation.js';
import { formatSeconds, formatTime } from './format-time.js';
import { layOutTable } from './print-table.js';
import type { Style } from './style.js';
import { withSavepoint } from './with-savepoint.js';

export async function logCommand(context: CommandContext): Promise<Outcome> {
  const { output, options, operands, interruption } = context;
  const follows = options.has('follow');
  const component = options.find('component');
  if (follows && component !== undefined)
    throw usageError('--follow and --component exclude each other.', { command: 'log' });
  if (operands.length > 0 && !follows)
    throw usageError('OPERATION goes with --follow; without it, the whole log is shown.', { command: 'log' });
  return withSavepoint(context, async (savepoint) => {
    if (follows) return followOperation(context, savepoint);
    if (component !== undefined) {
      const history = await savepoint.history(component, { signal: interruption.listen() });
      if (output.json) output.document({ store: savepoint.location, component, history });
      else for (const line of historyLines(history, output.style)) output.result(line);
      return 'done';
    }
    const operations = await savepoint.operations();
    if (output.json) output.document({ store: savepoint.location, operations });
    else if (operations.length === 0) output.message('No operations have been logged yet.');
    else for (const line of tableOf(operations, output.style)) output.result(line);
    return 'done';
  });
}

/** What was captured of a component, and what was put back. */
function historyLines(history: readonly HistoryEntry[], style: Style): string[] {
  const header = ['TIME', 'DID', 'POINT', 'OPERATION', 'STATE', 'OUTCOME', 'POSITION'];
  const rows = history.map(({ at, did, point, operation, state, outcome, instants = [] }) => [
    ...[formatTime(at), did, escapeName(point.name), operation === undefined ? '-' : shortId(operation)],
    ...[state === undefined ? '-' : shortId(state), outcome ?? '-'],
    instants.map(({ object, position }) => `${escapeText(object)}: ${escapeText(position)}`).join('; '),
  ]);
  return layOutTable([header.map(style.dim), ...rows]);
}

function tableOf(operations: readonly OperationEntry[], style: Style): string[] {
  const header = ['NO', 'OPERATION', 'TIME', 'TOOK', 'USER', 'KIND', 'OUTCOME', 'FROM', 'TO', 'COMPONENTS'];
  return layOutTable([header.map(style.dim), ...operations.map((each) => rowOf(each, style))], {
    right: [0, 3],
  });
}

function rowOf(operation: OperationEntry, style: Style): string[] {
  const { number, id, startedAt, seconds, user, kind, outcome, before, after, components, message } =
    operation;
  const isGood = outcome === 'done';
  const told = message === undefined || isGood ? '' : ` (${escapeText(message)})`;
  return [
    ...[String(number), shortId(id), formatTime(startedAt), formatSeconds(seconds), escapeName(user), kind],
    isGood ? outcome : style.yellow(outcome),
    escapeName(before?.name ?? '-'),
    escapeName(after?.name ?? '-'),
    components.map(escapeName).join(' ') + told,
  ];
}
