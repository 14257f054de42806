// The state adapter of packages: those of dpkg and apt are put back by one transaction offline, from archives that the point has;
// global ones of npm by their files.
import type {
  ApplyContext,
  CaptureContext,
  FileSelection,
  JsonValue,
  StateAdapter,
  StateContext,
  StateStep,
} from '../state/state-adapter.js';
import { applyApt } from './apply-apt.js';
import { captureApt } from './capture-apt.js';
import { compareApt } from './compare-apt.js';
import { captureNpm, compareNpm, type NpmChange, npmFiles, verifyNpm } from './npm-packages.js';
import type { AptChange } from './package-change.js';
import { readSettings } from './packages-settings.js';
import type { PreparedApt } from './prepared-packages.js';
import { removeServicePolicy } from './service-policy.js';
import { stageApt } from './stage-apt.js';
import { aptHealth, verifyApt } from './verify-apt.js';

/** Sources, keys, preferences and credentials of apt; settings of dpkg. */
const APT_FILES = ['/etc/apt', '/etc/dpkg'];

/** What is journaled. */
interface Prepared {
  readonly apt?: PreparedApt;
  readonly npm: readonly NpmChange[];
}

export const packagesAdapter: StateAdapter = {
  kind: 'packages',
  version: 1,
  category: 'package',
  supports: { restore: true },
  files,
  capture,
  async compare(comparison) {
    const apt = await compareApt(comparison);
    return { ...apt, steps: [...apt.steps, ...(await compareNpm(comparison))] };
  },
  async stage(steps, context) {
    const [npm, apt] = splitSteps(steps);
    const prepared = {
      npm,
      ...(apt.length === 0 ? {} : { apt: await stageApt(apt, context) }),
    };
    return prepared as unknown as JsonValue;
  },
  async apply(prepared, context) {
    const { apt, npm } = readPrepared(prepared);
    const problems = apt === undefined ? [] : await applyApt(apt, context);
    finishNpm(npm, context);
    return problems;
  },
  async verify(prepared) {
    const { apt, npm } = readPrepared(prepared);
    return [...(apt === undefined ? [] : await verifyApt(apt)), ...verifyNpm(npm)];
  },
  async discard() {
    removeServicePolicy();
  },
  async health(context) {
    return uses(context, 'apt') ? aptHealth() : { level: 'healthy', problems: [] };
  },
};

async function files(context: StateContext): Promise<FileSelection> {
  const npm = uses(context, 'npm') ? (await npmFiles(context)).paths : [];
  return { paths: [...(uses(context, 'apt') ? APT_FILES : []), ...npm] };
}

async function* capture(context: CaptureContext) {
  if (uses(context, 'apt')) yield* captureApt(context);
  if (uses(context, 'npm')) yield* captureNpm(context);
}

function uses({ settings }: StateContext, manager: 'apt' | 'npm'): boolean {
  return readSettings(settings).managers.includes(manager);
}

function splitSteps(steps: readonly StateStep[]): [NpmChange[], AptChange[]] {
  const changes = steps.map(({ data }) => data as unknown as AptChange | NpmChange);
  return [
    changes.filter((change): change is NpmChange => change.kind === 'npm'),
    changes.filter((change): change is AptChange => change.kind !== 'npm'),
  ];
}

function readPrepared(prepared: JsonValue): Prepared {
  return prepared as unknown as Prepared;
}

/** Their files are in place before anything is applied. */
function finishNpm(changes: readonly NpmChange[], context: ApplyContext): void {
  const failed = new Set(verifyNpm(changes).map(({ object }) => object));
  for (const { name } of changes) {
    const object = `npm package ${name}`;
    if (!failed.has(object)) context.done({ object });
  }
}
