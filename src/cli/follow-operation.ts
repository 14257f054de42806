// `savepoint log --follow`: what another process does, as it does it, and how that ended.
import type { OperationEntry, OperationEvent, Savepoint } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { shortId } from './describe-point.js';
import { escapeName, escapeText } from './escape-name.js';
import { formatSeconds, formatTime } from './format-time.js';
import { describeEvent } from './guard-report.js';
import type { Output } from './output.js';
import { describeWhole } from './progress-line.js';
import { toProgress } from './rollback-progress.js';

export async function followOperation(
  { operands, output, interruption }: CommandContext,
  savepoint: Savepoint,
): Promise<Outcome> {
  const events = savepoint.follow(operands[0], {
    signal: interruption.listen(),
    onWait: () => output.message('savepoint: no operation is under way; waiting for the next one'),
  });
  for (;;) {
    const { done, value } = await events.next();
    if (done === true) return finish(output, value);
    await show(output, value);
  }
}

async function show(output: Output, event: OperationEvent): Promise<void> {
  if (output.json) output.record(event);
  else if (event.kind === 'guard') {
    if (output.showsProgress && process.stdout.isTTY) return output.status(describeEvent(event));
    output.result(`${formatTime(event.at)}  ${describeEvent(event)}`);
  } else if (output.showsProgress && process.stdout.isTTY) return output.progress(toProgress(event));
  else output.result(`${formatTime(event.at)}  ${describeWhole(toProgress(event))}`);
  // Whoever reads along reads now.
  await output.flush();
}

function finish(output: Output, entry: OperationEntry): Outcome {
  const { id, number, kind, before, after, outcome, message, seconds } = entry;
  if (output.json) output.record({ kind: 'outcome', operation: entry });
  else {
    const from = before === undefined ? '' : ` from ${escapeName(before.name)}`;
    const to = after === undefined ? '' : ` to ${escapeName(after.name)}`;
    const told = message === undefined ? '' : ` (${escapeText(message)})`;
    output.result(
      `Operation ${number} (${shortId(id)}), ${kind}${from}${to}: ${outcome}${told}; ${formatSeconds(seconds)}`,
    );
  }
  return outcome === 'failed' ? 'not-ready' : outcome;
}
