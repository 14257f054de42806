// State adapter of kind `manifest`: files that declare what is to run, with the operator's commands to have them carried out
// and to read back what runs. The files are put back as files; this has them carried out, and sees to it that they were.
import type {
  CaptureContext,
  JsonValue,
  StageContext,
  StagedView,
  StateAdapter,
  StateContext,
  StateDocument,
  StateHealth,
  StateProblem,
  StateStep,
} from '../state/state-adapter.js';
import { carryOut, type PreparedApply } from './carry-out.js';
import { declaredDocuments } from './declared-services.js';
import { describeService } from './find-mismatches.js';
import { readManifestFiles } from './manifest-files.js';
import { readManifestSettings } from './manifest-settings.js';
import { parseManifest } from './parse-manifest.js';
import { type Expectation, planApply, SERVICES } from './plan-apply.js';
import { readRunning } from './read-running.js';
import { readingDocument, runningDocuments } from './running-state.js';
import { isFailing, phaseOf } from './service-phase.js';
import { requireCommand } from './shell-command.js';

/**
 * Documents: `state/services/NAME.json` for each service where the output of `read` is known, else `state/running`, the text;
 * `observed/read.json` and `observed/read` of how it was read, and `observed/manifests/FILE/NAME.json` of what is declared.
 */
export const manifestAdapter: StateAdapter = {
  kind: 'manifest',
  version: 1,
  category: 'service',
  supports: { restore: true },
  consistency: 'crash',
  files: async (context) => ({ paths: readManifestSettings(context).paths }),
  capture,
  compare: planApply,
  stage,
  check,
  apply: async (prepared, context) => {
    if (prepared === null) return [];
    const problems = await carryOut(prepared as PreparedApply, context);
    if (problems.length === 0) context.done({ object: SERVICES });
    return problems;
  },
  health,
};

async function* capture(context: CaptureContext): AsyncGenerator<StateDocument> {
  const { paths, read, timeoutMs } = readManifestSettings(context);
  yield* declaredDocuments(paths, context);
  if (read === undefined) return;
  const { running, failure, printed } = await readRunning(read, { timeoutMs, signal: context.signal });
  yield { path: 'observed/read', content: new TextEncoder().encode(printed) };
  yield readingDocument({ command: read, ...(failure === undefined ? {} : { failure }) });
  if (running !== undefined) yield* runningDocuments(running);
  if (failure === undefined) return;
  const message = `can not be read: ${failure}. Mend that and save again; until then a rollback to this point expects nothing of what runs.`;
  context.report({ object: SERVICES, code: 'STATE_UNREADABLE', message });
}

/** Nothing can be tried before the files are in place: only whether there is something to run. */
async function stage(steps: readonly StateStep[], context: StageContext): Promise<JsonValue> {
  const [step] = steps;
  if (step === undefined) return null;
  const { paths: ownPaths, ...settings } = readManifestSettings(context);
  await requireCommand(settings.apply, { setting: 'apply', context, ownPaths });
  if (settings.read !== undefined)
    await requireCommand(settings.read, { setting: 'read', context, ownPaths });
  const prepared: PreparedApply = { ...settings, ...(step.data as Expectation) };
  return prepared as JsonValue;
}

async function check(view: StagedView, context: StateContext): Promise<StateProblem[]> {
  const { paths } = readManifestSettings(context);
  const files = (await readManifestFiles(paths, (...command) => view.run(...command))) ?? [];
  return files.flatMap((file) =>
    parseManifest(file).flaws.map(({ line, column, message }) => ({
      object: `manifest ${file.path}`,
      code: 'VALIDATION_FAILED',
      message: `is not sound at line ${line}, column ${column}: ${message}. Roll back to a point in which it is.`,
    })),
  );
}

async function health(context: StateContext): Promise<StateHealth> {
  const { read, timeoutMs } = readManifestSettings(context);
  if (read === undefined) return { level: 'unknown', problems: [] };
  const { running, failure } = await readRunning(read, { timeoutMs, signal: context.signal });
  if (running === undefined) {
    const message = `can not be read: ${failure}. Start what runs them, or mend the setting 'read'.`;
    return { level: 'unhealthy', problems: [{ object: SERVICES, code: 'STATE_UNREADABLE', message }] };
  }
  if ('text' in running || running.services.length === 0) return { level: 'unknown', problems: [] };
  const failing = running.services.filter(({ state }) => isFailing(state));
  const settling = running.services.filter(({ state }) => phaseOf(state) === 'settling');
  const problems: StateProblem[] = [
    ...failing.map((service) => ({
      object: `service ${service.name}`,
      code: 'PROGRAM_FAILED',
      message: `is ${describeService(service)}. Look into its log for the reason.`,
    })),
    ...settling.map((service) => ({
      object: `service ${service.name}`,
      code: 'STATE_BUSY',
      message: `is ${describeService(service)}, on its way. Look again in a while.`,
    })),
  ];
  if (failing.length > 0) return { level: 'unhealthy', problems };
  return { level: settling.length > 0 ? 'degraded' : 'healthy', problems };
}
