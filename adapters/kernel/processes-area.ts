// How chosen processes are scheduled. A process is known by its name and by its place among those of that name, the oldest first: the
// documents hold no process ids, and are the same however many of the last kind there are.

import { encodeDocument, readDocument } from '../state/json-document.js';
import type { StateDocument, StateProblem } from '../state/state-adapter.js';
import { asSentence } from './as-sentence.js';
import type {
  AreaApply,
  AreaCapture,
  AreaComparison,
  KernelArea,
  KernelPlan,
  KernelStep,
} from './kernel-area.js';
import {
  findProcesses,
  isSameSchedule,
  type Schedule,
  type ScheduledProcess,
  setSchedule,
} from './process-schedule.js';

const AREA = 'processes';

/** Processes one after the other that are scheduled alike. */
type Run = Schedule & {
  /** How many; missing for the last ones, which are all the rest. */
  readonly processes?: number;
};

export function createProcessesArea(): KernelArea {
  return {
    name: AREA,
    isAsked: ({ processes }) => processes.length > 0,
    capture: captureProcesses,
    compare: compareProcesses,
    apply: applyProcesses,
  };
}

async function* captureProcesses({ settings }: AreaCapture): AsyncIterable<StateDocument> {
  for (const name of new Set(settings.processes)) {
    const found = findProcesses(name);
    const document = `${AREA}/${encodeURIComponent(name)}`;
    yield { path: `observed/${document}`, content: encodeDocument({ processes: found.length }) };
    if (found.length > 0) yield { path: `state/${document}`, content: encodeDocument(toRuns(found)) };
  }
}

async function compareProcesses({ from, to, settings }: AreaComparison): Promise<KernelPlan> {
  const steps: KernelStep[] = [];
  const unrestorable: { object: string; text: string }[] = [];
  for (const name of new Set(settings.processes)) {
    const object = `processes ${name}`;
    const document = `${AREA}/${encodeURIComponent(name)}`;
    const [before, after] = await Promise.all(
      [from, to].map((state) => readDocument<readonly Run[]>(state, `state/${document}`)),
    );
    const [now, then] = await Promise.all(
      [from, to].map((state) => readDocument<{ processes: number }>(state, `observed/${document}`)),
    );
    if (now !== undefined && then !== undefined && now.processes !== then.processes) {
      const text = `are ${now.processes} instead of ${then.processes}; starting and ending them is up to what runs them`;
      unrestorable.push({ object, text });
    }
    if (before === undefined || after === undefined || isEqual(before, after)) continue;
    const undone = after.find(({ policy }) => !['other', 'fifo', 'rr', 'batch', 'idle'].includes(policy));
    if (undone === undefined) {
      const text = `schedule ${name} as ${after.map(show).join(', then ')} instead of ${before.map(show).join(', then ')}`;
      steps.push({ object, do: 'set', text, data: { area: AREA, name, runs: after } });
    } else {
      const text = `had the policy '${undone.policy}', whose terms only the process itself can set; restart it`;
      unrestorable.push({ object, text });
    }
  }
  return { steps, unrestorable };
}

async function applyProcesses(steps: readonly KernelStep[], context: AreaApply): Promise<StateProblem[]> {
  const problems: StateProblem[] = [];
  for (const step of steps) {
    const runs = step.data['runs'] as unknown as readonly Run[];
    const name = String(step.data['name']);
    const refusals: string[] = [];
    for (const [index, process] of findProcesses(name).entries())
      refusals.push(...(await scheduleProcess(process, runAt(runs, index))));
    const wrong = findProcesses(name).filter(
      ({ threads: [first] }, index) => !isSameSchedule(first, runAt(runs, index)),
    );
    if (wrong.length === 0) context.done(step);
    else problems.push(describeFailure(step, { wrong, refusals }));
  }
  return problems;
}

/** Threads that are scheduled as their process was go with it; others were set apart, and stay so. */
async function scheduleProcess({ pid, threads }: ScheduledProcess, wanted: Schedule): Promise<string[]> {
  const [first] = threads;
  if (isSameSchedule(first, wanted)) return [];
  const refusals: string[] = [];
  // The process itself comes last: it tells after a crash that its threads are still to be done.
  for (const thread of [...threads].reverse().filter((each) => isSameSchedule(each, first))) {
    const refusal = await setSchedule({ pid, thread }, wanted);
    if (refusal !== undefined) refusals.push(refusal);
  }
  return refusals;
}

function describeFailure(
  { object }: KernelStep,
  { wrong, refusals }: { readonly wrong: readonly ScheduledProcess[]; readonly refusals: readonly string[] },
): StateProblem {
  const [{ pid, threads }] = wrong;
  const reason = refusals[0] ?? `process ${pid} is scheduled as ${show(threads[0])} all the same.`;
  const remedy =
    'Set it by chrt, renice and taskset, within what its control group allows (cpuset.cpus), and repeat.';
  return { object, code: 'STATE_REFUSED', message: `could not all be set: ${asSentence(reason)} ${remedy}` };
}

function toRuns(found: readonly ScheduledProcess[]): Run[] {
  const runs: (Schedule & { processes: number })[] = [];
  for (const { threads } of found) {
    const { policy, priority, niceness, processors } = threads[0];
    const schedule = { policy, priority, niceness, processors };
    const last = runs.at(-1);
    if (last !== undefined && isSameSchedule(last, schedule)) last.processes++;
    else runs.push({ ...schedule, processes: 1 });
  }
  return runs.map(({ processes, ...schedule }, index) =>
    index === runs.length - 1 ? schedule : { ...schedule, processes },
  );
}

function runAt(runs: readonly Run[], index: number): Run {
  let end = 0;
  for (const run of runs) {
    end += run.processes ?? Number.POSITIVE_INFINITY;
    if (index < end) return run;
  }
  return runs[runs.length - 1];
}

function isEqual(left: readonly Run[], right: readonly Run[]): boolean {
  return (
    left.length === right.length &&
    left.every((run, index) => isSameSchedule(run, right[index]) && run.processes === right[index].processes)
  );
}

function show({ policy, priority, niceness, processors }: Schedule): string {
  const rank = priority > 0 ? `priority ${priority}` : `niceness ${niceness}`;
  return `${policy} with ${rank} on processors ${processors}`;
}
