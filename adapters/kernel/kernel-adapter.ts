// The state adapter of the running kernel: a table of areas, in the order in which they are put back. Each area keeps to itself, so
// that one which the host lacks, or which fails, does not keep the others from being captured or put back.
import { checkAborted, isSavepointError } from '../../store/errors.js';
import { encodeDocument, readDocument } from '../state/json-document.js';
import type {
  CaptureContext,
  JsonObject,
  JsonValue,
  StateAdapter,
  StateDocument,
  StateProblem,
  StateStep,
} from '../state/state-adapter.js';
import { createBlockArea } from './block-area.js';
import { createBootArea } from './boot-area.js';
import { createCgroupsArea } from './cgroups-area.js';
import { createFirewallArea } from './firewall-area.js';
import { createInterfacesArea } from './interfaces-area.js';
import { createInterruptsArea } from './interrupts-area.js';
import type { AreaComparison, AskedSettings, KernelArea, KernelPlan, KernelStep } from './kernel-area.js';
import { readKernelSettings } from './kernel-settings.js';
import { createMemoryArea } from './memory-area.js';
import { createModulesArea } from './modules-area.js';
import { createMountsArea } from './mounts-area.js';
import { createProcessesArea } from './processes-area.js';
import { createSysctlArea } from './sysctl-area.js';

/**
 * The order of safety. Modules bring what all others need. The firewall stands before anything is opened that it guards: forwarding
 * (sysctl), addresses and routes (interfaces); were it last, the host would for a moment be open in its former way. It can be first
 * as it needs no interface that is not there: none are made here. That a tightened firewall cuts off who works from afar is no reason
 * to wait: the way in is complete only with the interfaces, and what goes wrong until then is put back by this host itself.
 * Parameters come before interfaces, as an address of IPv6 can't be added where disable_ipv6 says so. Control groups come before
 * processes: an affinity is cut down to the processors of the group. Mounts are last, when modules of file systems and the way to a file server
 * are there. Late steps follow in reverse: parameters that follow an interface, then modules that nothing uses any more.
 */
const AREAS: readonly KernelArea[] = [
  createBootArea(),
  createModulesArea(),
  createFirewallArea(),
  createSysctlArea(),
  createCgroupsArea(),
  createMemoryArea(),
  createBlockArea(),
  createInterruptsArea(),
  createProcessesArea(),
  createInterfacesArea(),
  createMountsArea(),
];

/** A document for each area that was captured whole, with what was asked for. */
const CAPTURED = 'observed/areas';
/** What an area may fail with that is no reason to leave the others. */
const FAILURES = [
  ...(['PROGRAM_MISSING', 'PROGRAM_FAILED', 'STATE_UNREADABLE', 'STATE_REFUSED', 'UNSUPPORTED'] as const),
];

export const kernelAdapter: StateAdapter = createKernelAdapter(AREAS);

/** An adapter of `areas`, in the order in which they are put back. */
export function createKernelAdapter(areas: readonly KernelArea[]): StateAdapter {
  return {
    kind: 'kernel',
    version: 1,
    category: 'kernel',
    supports: { restore: true },
    consistency: 'crash',
    capture: (context) => captureAreas(areas, context),
    compare: ({ from, to, changed }, { settings }) =>
      compareAreas(areas, { from, to, changed, settings: readKernelSettings(settings) }),
    async stage(steps, { to, signal }) {
      const staged: KernelStep[] = [];
      for (const { area, run } of runsOf(areas, steps))
        staged.push(...((await area.stage?.(run, { to, signal })) ?? run));
      return { steps: staged } as unknown as JsonValue;
    },
    async apply(prepared, { signal, done }) {
      const { steps } = prepared as unknown as { readonly steps: readonly StateStep[] };
      const problems: StateProblem[] = [];
      for (const { area, run } of runsOf(areas, steps)) {
        try {
          problems.push(...(await area.apply(run, { signal, done })));
        } catch (error) {
          if (!isSavepointError(error, ...FAILURES)) throw error;
          problems.push({ object: run[0].object, code: error.code, message: `failed: ${error.message}` });
        }
      }
      return problems;
    },
  };
}

async function* captureAreas(
  areas: readonly KernelArea[],
  context: CaptureContext,
): AsyncIterable<StateDocument> {
  const settings = readKernelSettings(context.settings);
  const { signal } = context;
  const report = (problem: StateProblem) => context.report(problem);
  for (const area of areas.filter((each) => each.isAsked(settings))) {
    checkAborted(signal);
    try {
      yield* area.capture({ settings, signal, report });
      // Only now: of an area that could not be read, missing documents tell nothing.
      yield { path: `${CAPTURED}/${area.name}`, content: encodeDocument(settings) };
    } catch (error) {
      if (!isSavepointError(error, ...FAILURES)) throw error;
      report({ object: area.name, code: error.code, message: `can't be read: ${error.message}` });
    }
  }
}

async function compareAreas(
  areas: readonly KernelArea[],
  comparison: Omit<AreaComparison, 'earlier'>,
): Promise<KernelPlan> {
  const steps: KernelStep[] = [];
  const late: KernelStep[] = [];
  const unrestorable: KernelPlan['unrestorable'][number][] = [];
  for (const area of areas.filter((each) => each.isAsked(comparison.settings))) {
    const asked = await readAsked(area, comparison);
    if (typeof asked === 'string') {
      unrestorable.push({ object: area.name, text: asked });
      continue;
    }
    const changed = comparison.changed.filter((path) => area.isComparable?.(path, asked) !== false);
    const plan = await area.compare({ ...comparison, changed, earlier: [...steps] });
    steps.push(...plan.steps.filter(({ isLate }) => isLate !== true));
    late.unshift(...plan.steps.filter(({ isLate }) => isLate === true));
    unrestorable.push(...plan.unrestorable);
  }
  return { steps: [...steps, ...late], unrestorable };
}

/** What was asked for in both states, or why there is nothing to compare. */
async function readAsked(
  area: KernelArea,
  { from, to }: Pick<AreaComparison, 'from' | 'to'>,
): Promise<AskedSettings | string> {
  const path = `${CAPTURED}/${area.name}`;
  const [live, then] = await Promise.all([from, to].map((state) => readDocument<JsonObject>(state, path)));
  const remedy = 'nothing of it is put back; see what the capture reported, and save again';
  if (then === undefined) return `was not captured in the state to go back to: ${remedy}`;
  if (live === undefined) return `could not be captured as it is now: ${remedy}`;
  return { from: readKernelSettings(live), to: readKernelSettings(then) };
}

/** Steps one after the other that are of the same area. */
function runsOf(
  areas: readonly KernelArea[],
  steps: readonly StateStep[],
): { readonly area: KernelArea; readonly run: readonly KernelStep[] }[] {
  const runs: { area: KernelArea; run: KernelStep[] }[] = [];
  for (const step of steps as readonly KernelStep[]) {
    const area = areas.find(({ name }) => name === step.data['area']);
    if (area === undefined) continue;
    const last = runs.at(-1);
    if (last?.area === area) last.run.push(step);
    else runs.push({ area, run: [step] });
  }
  return runs;
}
