// `savepoint doctor`: what this machine offers, and what to do where something is missing.
import { type DoctorReport, doctor } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { escapeText } from './escape-name.js';
import type { Output } from './output.js';
import { layOutTable } from './print-table.js';
import { storeOption } from './with-savepoint.js';

export async function doctorCommand(context: CommandContext): Promise<Outcome> {
  const { output } = context;
  const report = await doctor(storeOption(context));
  const { savepoint, location: store, ...findings } = report;
  if (output.json) output.document({ savepoint, store, ...findings });
  else printReport(output, report);
  return report.ok === 'no' ? 'not-ready' : 'done';
}

function printReport(output: Output, { savepoint, location, ok, checks }: DoctorReport): void {
  const { style } = output;
  const verdicts = { yes: style.green('ok'), degraded: style.yellow('degraded'), no: style.red('wrong') };
  output.result(`savepoint ${savepoint}, store ${escapeText(location)}: ${verdicts[ok]}`);
  const rows = checks.flatMap((check) => [
    [verdicts[check.ok], check.name, escapeText(check.detail)],
    ...(check.remedy === undefined ? [] : [['', '', style.dim(`→ ${escapeText(check.remedy)}`)]]),
  ]);
  for (const line of layOutTable(rows, { indent: '  ' })) output.result(line);
}
