// `savepoint guard`: runs a command that goes back by itself, and says what became of it.
import type { Configuration, GuardOptions, GuardResult, PatientHealthCheck } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { usageError } from './command-line-error.js';
import { configurationOf } from './configuration-option.js';
import { pointDocument } from './describe-point.js';
import { durationOption } from './duration-option.js';
import { escapeName, escapeText } from './escape-name.js';
import { countOf } from './format-bytes.js';
import { formatSeconds } from './format-time.js';
import { GuardReporter, outcomeOfGuard, printGuardEnd, reportBootRecovery } from './guard-report.js';
import { reportProblems } from './report-problems.js';
import { withSavepoint } from './with-savepoint.js';

export async function guardCommand(context: CommandContext): Promise<Outcome> {
  const { operands, options, output, interruption } = context;
  const guarded = await guardedBy(context);
  const limits = {
    ...durationOption(context, 'timeout', 'timeoutMs'),
    ...durationOption(context, 'confirm', 'confirmMs'),
  };
  const message = options.find('message');
  return withSavepoint(
    context,
    async (savepoint) => {
      if (savepoint.created) output.message(`savepoint: made a store in ${escapeName(savepoint.location)}`);
      const reporter = new GuardReporter(output);
      // While the command runs, what the terminal sends is the command's; afterwards it ends the waiting.
      let signal: AbortSignal | undefined;
      const waiting = new AbortController();
      const result = await savepoint.guard({
        change: { command: operands, output: output.json ? 'stderr' : 'inherit' },
        ...guarded,
        ...limits,
        health: options.all('health').map(checkOf),
        force: options.has('force'),
        ...(options.has('with-data') ? { withData: true } : {}),
        detach: options.has('detach'),
        ...(message === undefined ? {} : { message }),
        onArmed: ({ saved, bootRecovery }) => {
          output.message(
            `savepoint: guarding ${saved.point.components.map(escapeName).join(', ')} by point ${escapeName(saved.point.name)}`,
          );
          reportProblems(
            output,
            `${countOf(saved.problems.length, 'file')} could not be saved, and would not go back:`,
            saved.problems,
          );
          reportBootRecovery(output, bootRecovery);
        },
        onStatus: (status) => {
          if (status.state !== 'running' && signal === undefined) {
            signal = interruption.listen();
            signal.addEventListener('abort', () => waiting.abort());
          }
          reporter.show(status);
        },
        signal: waiting.signal,
      });
      print(context, result);
      return outcomeOfGuard(result);
    },
    { create: true },
  );
}

/** What is guarded: paths, or components of the configuration. */
async function guardedBy(
  context: CommandContext,
): Promise<Pick<GuardOptions, 'paths' | 'exclude' | 'oneFileSystem' | 'configuration' | 'components'>> {
  const { options } = context;
  const [paths, components, exclude] = [
    options.all('path'),
    options.all('component'),
    options.all('exclude'),
  ];
  if (paths.length > 0) {
    const misplaced = ['component', 'config'].find((name) => options.has(name));
    if (misplaced !== undefined)
      throw usageError(`--${misplaced} and --path exclude each other.`, { command: 'guard' });
    return { paths, exclude, oneFileSystem: options.has('one-file-system') };
  }
  const misplaced = ['exclude', 'one-file-system'].find((name) => options.has(name));
  if (misplaced !== undefined)
    throw usageError(`--${misplaced} goes with --path; for components, the configuration says it.`, {
      command: 'guard',
    });
  const configuration = await requireConfiguration(context);
  return { configuration, ...(components.length === 0 ? {} : { components }) };
}

async function requireConfiguration(context: CommandContext): Promise<Configuration> {
  const configuration = await configurationOf(context);
  if (configuration !== undefined) return configuration;
  throw usageError('Name what to guard by --path, or write its components into a savepoint.yaml.', {
    command: 'guard',
  });
}

/** As the configuration's schema has it. */
function checkOf(command: string): PatientHealthCheck {
  return {
    probe: { kind: 'command', command, directory: process.cwd() },
    required: true,
    intervalMs: 5000,
    timeoutMs: 10_000,
  };
}

function print({ output }: CommandContext, result: GuardResult): void {
  if (output.json) {
    const { saved, ...rest } = result;
    output.document({ ...rest, point: pointDocument(saved) });
    return;
  }
  printGuardEnd(output, result);
  if (result.failure !== undefined && result.state === 'confirmed')
    output.problem(`savepoint: it stays, though ${escapeText(result.failure)}`);
  if (result.safety !== undefined)
    output.message(
      `savepoint: what the change had led to is kept: 'savepoint diff ${escapeName(result.point.name)} ${escapeName(result.safety.name)}' shows it`,
    );
  if (result.stopped !== undefined)
    output.message(`savepoint: ended ${result.stopped.map(escapeText).join(', ')}`);
  output.message(`savepoint: ${formatSeconds(result.seconds)}`);
}
