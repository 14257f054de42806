// Whether systemd can read the unit files as they are going to be: its own verifier looks at them in the staged view. What it
// only warns of is no reason to keep a state that ran before from coming back.
import type { StagedView, StateContext, StateProblem } from '../state/state-adapter.js';
import { runProgram } from '../system/run-program.js';
import { unitSettings } from './select-units.js';
import { unitObject } from './unit-step.js';

const DIRECTORIES = [
  '/etc/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];
const VERIFIER = 'systemd-analyze';
/** As shells say it. */
const NO_PROGRAM = 127;
/** Of find(1), where one of the directories is not there. */
const SOME_MISSING = 1;

export async function checkUnits(view: StagedView, context: StateContext): Promise<StateProblem[]> {
  const units = await unitsIn(view, context);
  if (units.length === 0 || isFine(await view.run(VERIFIER, verify(units)))) return [];
  const problems: StateProblem[] = [];
  for (const unit of units) {
    const result = await view.run(VERIFIER, verify([unit]));
    if (result === undefined || isFine(result)) continue;
    const said = result.output.trim();
    // What is just as wrong now is no worse afterwards.
    const now = await runProgram(VERIFIER, verify([unit]));
    if (now.exitCode !== 0 && now.stderr.trim() === said) continue;
    const reason = said.split('\n').join('; ');
    const message = `systemd would not take its unit file: ${reason}. Choose a point at which it was sound, or leave the component out`;
    problems.push({ object: unitObject(unit), code: 'VALIDATION_FAILED', message });
  }
  return problems;
}

/** A template is verified with an instance that the verifier makes up. */
function verify(units: readonly string[]): string[] {
  return ['verify', '--man=no', '--', ...units];
}

/** A host without the verifier can't say. */
function isFine(result: Awaited<ReturnType<StagedView['run']>>): boolean {
  return result === undefined || [0, NO_PROGRAM, undefined].includes(result.exitCode);
}

/** The units that have a file in the view and are not masked there. */
async function unitsIn(view: StagedView, context: StateContext): Promise<string[]> {
  const tests = unitSettings(context.settings).flatMap((unit, index) => [
    ...(index === 0 ? [] : ['-o']),
    ...['-name', unit.replaceAll('\\', '\\\\')],
  ]);
  const found = await view.run('find', [
    ...DIRECTORIES,
    ...['-maxdepth', '1', '(', '-type', 'f', '-o', '-type', 'l', ')', '(', ...tests, ')'],
    ...['-printf', '%p\\t%l\\n'],
  ]);
  if (found === undefined || ![0, SOME_MISSING].includes(found.exitCode ?? -1)) return [];
  const links = new Map<string, string>();
  for (const line of found.output.split('\n')) {
    const [path, link] = line.split('\t');
    const name = path.slice(path.lastIndexOf('/') + 1);
    // The first directory that has one wins.
    if (link !== undefined && !links.has(name)) links.set(name, link);
  }
  return [...links]
    .filter(([, link]) => link !== '/dev/null')
    .map(([name]) => name)
    .sort();
}
