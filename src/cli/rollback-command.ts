// `savepoint rollback`, `undo` and `redo`: components go back as a whole, and say how that ended.
import { createInterface } from 'node:readline/promises';
import type { RollbackOptions, RollbackResult, Savepoint } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { CommandLineError } from './command-line-error.js';
import { usableConfigurationOf } from './configuration-option.js';
import { pointDocument } from './describe-point.js';
import { escapeName, escapeText } from './escape-name.js';
import { countOf } from './format-bytes.js';
import { formatSeconds } from './format-time.js';
import type { Output } from './output.js';
import { planTree } from './plan-tree.js';
import { reportLostXattrs } from './report-lacks.js';
import { reportKeptDirectories, reportProblems } from './report-problems.js';
import { drawn } from './rollback-progress.js';
import { spareMemory } from './spare-memory.js';
import { stateLines, unrestorableLines } from './state-lines.js';
import type { Style } from './style.js';
import { withSavepoint } from './with-savepoint.js';

export async function rollbackCommand(context: CommandContext): Promise<Outcome> {
  const { operands, options } = context;
  const components = options.all('component');
  const isEmergency = options.has('emergency');
  // In an emergency nothing is asked for that might be broken, nobody is asked, and the best point is looked for.
  const configured = isEmergency ? {} : await configuredBy(context);
  const chosen = {
    ...(components.length === 0 ? {} : { components }),
    ...configured,
    force: options.has('force'),
    withData: options.has('with-data'),
    trust: options.has('trust'),
  };
  const [point = isEmergency ? undefined : 'latest'] = operands;
  const goTo = (savepoint: Savepoint, how: RollbackOptions) =>
    point === undefined ? savepoint.emergencyRollback(how) : savepoint.rollback(point, how);
  const words = [...(isEmergency ? ['--emergency'] : []), ...(point === undefined ? [] : [point])];
  const consents = ['with-data', 'trust'].filter((name) => options.has(name)).map((name) => `--${name}`);
  const command = ['rollback', ...words, ...components.flatMap((name) => ['--component', name]), ...consents];
  spareMemory();
  return withSavepoint(context, async (savepoint) => {
    if (!options.has('dry-run') && !options.has('yes') && !isEmergency) {
      await askFirst(
        context,
        savepoint,
        await goTo(savepoint, { ...chosen, ...drawn(context.output), dryRun: true }),
      );
    }
    return finish(context, await goTo(savepoint, { ...settings(context, command), ...chosen }));
  });
}

export async function undoCommand(context: CommandContext): Promise<Outcome> {
  const [operation] = context.operands;
  const configured = await configuredBy(context);
  spareMemory();
  return withSavepoint(context, async (savepoint) => {
    const chosen = { ...configured, ...(operation === undefined ? {} : { operation }) };
    const command = ['undo', ...context.operands];
    return finish(context, await savepoint.undo({ ...settings(context, command), ...chosen }));
  });
}

export async function redoCommand(context: CommandContext): Promise<Outcome> {
  const configured = await configuredBy(context);
  spareMemory();
  return withSavepoint(context, async (savepoint) =>
    finish(context, await savepoint.redo({ ...settings(context, ['redo']), ...configured })),
  );
}

async function configuredBy(context: CommandContext): Promise<Pick<RollbackOptions, 'configuration'>> {
  const configuration = await usableConfigurationOf(context);
  return configuration === undefined ? {} : { configuration };
}

function settings(
  { options, output, interruption }: CommandContext,
  command: readonly string[],
): RollbackOptions {
  return {
    command,
    dryRun: options.has('dry-run'),
    signal: interruption.listen(),
    ...drawn(output),
  };
}

/** Shows what would be done and asks. Throws USAGE where nobody can be asked, ABORTED where the answer is no. */
async function askFirst(
  { output }: CommandContext,
  savepoint: Savepoint,
  plan: RollbackResult,
): Promise<void> {
  if (countSteps(plan) === 0) return;
  if (output.json || !process.stdin.isTTY || !process.stderr.isTTY) {
    throw new CommandLineError(
      'USAGE',
      `${describeSteps(plan)} would be rolled back to ${plan.point.name}: add --yes to do it, or --dry-run to see it.`,
      { store: savepoint.location },
    );
  }
  for (const line of planLines(plan, output.style)) output.message(line);
  for (const note of plan.components.flatMap(({ notes = [] }) => notes)) output.message(escapeText(note));
  const dialogue = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await dialogue.question(`Roll ${describeSteps(plan)} back to ${plan.point.name}? [y/N] `);
  dialogue.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandLineError('ABORTED', 'Nothing was changed.');
}

async function finish({ output }: CommandContext, result: RollbackResult): Promise<Outcome> {
  if (output.json) output.document(documentOf(result));
  else printResult(output, result);
  reportProblems(
    output,
    `${countOf(result.problems.length, 'thing is', 'things are')} not as ${result.problems.length === 1 ? 'it' : 'they'} should be:`,
    result.problems,
  );
  for (const { program, paths, reason } of result.notChecked ?? []) {
    output.problem(
      `savepoint: ${paths.map(escapeName).join(', ')} went back without a check by ${escapeName(program)}: ${NOT_CHECKED[reason]}`,
    );
  }
  for (const note of result.components.flatMap(({ notes = [] }) => notes)) {
    output.problem(`savepoint: ${escapeText(note)}`);
  }
  for (const { path, keptAs } of result.displaced) {
    output.problem(
      `savepoint: ${escapeName(path)} was changed by somebody else meanwhile; their version is kept as ${escapeName(keptAs)}`,
    );
  }
  reportKept(output, result);
  reportLostXattrs(output, result);
  if (result.outcome === 'failed') return 'not-ready';
  return result.outcome;
}

/** What is there still though the point does not have it. */
function reportKept(output: Output, { dryRun, components, keptDirectories = [] }: RollbackResult): void {
  reportKeptDirectories(output, keptDirectories);
  const unsaved = dryRun ? [] : components.flatMap(({ root, kept }) => kept.map((path) => `${root}/${path}`));
  for (const path of unsaved)
    output.message(
      `${escapeName(path)} stays: the point does not say what was there, as it could not be saved`,
    );
}

const NOT_CHECKED = {
  missing: 'it is not installed',
  'no-view': 'it can not be shown here what is not in place yet',
  unusable: 'it could not judge',
} as const;

function printResult(output: Output, result: RollbackResult): void {
  const { point, dryRun, leftNewer, safety, outcome, message, seconds } = result;
  const name = output.style.bold(escapeName(point.name));
  if (dryRun) for (const line of planLines(result, output.style)) output.result(line);
  if (leftNewer.length > 0) {
    output.message(`${leftNewer.map(escapeName).join(', ')} depend on what goes back, and stay as they are`);
  }
  for (const line of keptDataLines(result)) output.message(line);
  if (dryRun)
    output.result(`${describeSteps(result)} would be rolled back to ${name}. Nothing has been changed.`);
  else if (countSteps(result) === 0) output.report(`Nothing differs from point ${name}`);
  else if (outcome === 'reverted')
    output.problem(
      `savepoint: the rollback failed, and everything is as before: ${escapeText(message ?? '')}`,
    );
  else if (outcome === 'inconsistent')
    output.problem(
      `savepoint: INCONSISTENT: ${escapeText(message ?? '')}. See 'savepoint log', and what 'savepoint diff ${safety?.name}' says.`,
    );
  else {
    for (const component of result.components)
      for (const line of unrestorableLines(component))
        output.message(`${escapeName(component.component)}: ${line}`);
    const undo = safety === undefined ? '' : `; 'savepoint undo' goes back to ${escapeName(safety.name)}`;
    output.report(`Rolled ${describeSteps(result)} back to point ${name}; ${formatSeconds(seconds)}${undo}`);
  }
}

function planLines({ components }: RollbackResult, style: Style): string[] {
  return components.flatMap((component) => [
    ...planTree({ ...component, problems: [], bytes: 0 }, style),
    ...stateLines(component, style),
  ]);
}

/** What it means that data does not go back. */
function keptDataLines({ keptData, point }: RollbackResult): string[] {
  return keptData.map(({ component, dependants, loss }) => {
    const name = escapeName(component);
    const others = dependants.map(escapeName).join(', ');
    const without =
      others === ''
        ? ''
        : `: ${others} ${dependants.length === 1 ? 'goes' : 'go'} back to ${escapeName(point.name)} without it`;
    const lost =
      loss.length === 0 ? '' : ` With --with-data it would go back, too: ${escapeText(loss.join(' '))}`;
    return `${name} is data and stays as it is${without}.${lost}`;
  });
}

function countSteps({ components }: RollbackResult): number {
  return components.reduce((sum, component) => sum + component.steps.length + countOfState(component), 0);
}

function countOfState({ state }: RollbackResult['components'][number]): number {
  return state?.steps.length ?? 0;
}

/** `3 files and 2 settings in etc, web`. */
function describeSteps({ components }: RollbackResult): string {
  const touched = components.filter((component) => component.steps.length > 0 || countOfState(component) > 0);
  const names = touched.map(({ component }) => escapeName(component)).join(', ');
  const files = components.reduce((sum, { steps }) => sum + steps.length, 0);
  const steps = components.reduce((sum, component) => sum + countOfState(component), 0);
  const parts = [
    ...(files > 0 || steps === 0 ? [countOf(files, 'file')] : []),
    ...(steps > 0 ? [countOf(steps, 'setting')] : []),
  ];
  return `${parts.join(' and ')} in ${names === '' ? 'no component' : names}`;
}

function documentOf(result: RollbackResult) {
  const { point, components, operation, safety, message, ...rest } = result;
  return {
    point: pointDocument(point),
    ...(operation === undefined ? {} : { operation }),
    ...(safety === undefined ? {} : { safety }),
    ...(message === undefined ? {} : { message }),
    ...rest,
    components: components.map(({ component, root, steps, kept, state }) => ({
      ...{ component, root, kept },
      ...(state === undefined ? {} : { state }),
      steps: steps.map((step) => ({
        ...{ do: step.do, path: step.path },
        type: step.do === 'remove' ? step.type : step.attributes.type,
      })),
    })),
  };
}
