// Mount points at and below named paths: what is mounted there and with which options. Nothing elsewhere is touched.
import { existsSync } from 'node:fs';
import { SavepointError } from '../../store/errors.js';
import { encodeDocument } from '../state/json-document.js';
import type { StateDocument, StateProblem } from '../state/state-adapter.js';
import { changeMount } from './change-mount.js';
import { compareMounts } from './compare-mounts.js';
import type { AreaApply, AreaCapture, KernelArea, KernelStep } from './kernel-area.js';
import { isDocumentBelow, type MountLayer, mountDocument, readMountPoints } from './mount-state.js';

const AREA = 'mounts';

export function createMountsArea(): KernelArea {
  return {
    name: AREA,
    isAsked: ({ mounts }) => mounts.length > 0,
    isComparable(path, { from, to }) {
      const name = path.slice(`state/${AREA}/`.length);
      return isDocumentBelow(name, from.mounts) && isDocumentBelow(name, to.mounts);
    },
    capture: captureMounts,
    compare: compareMounts,
    stage: stageMounts,
    apply: applyMounts,
  };
}

async function* captureMounts({ settings }: AreaCapture): AsyncIterable<StateDocument> {
  for (const mount of readMountPoints(settings.mounts)) {
    yield { path: `state/${AREA}/${mountDocument(mount.point)}`, content: encodeDocument(mount) };
  }
}

async function stageMounts(steps: readonly KernelStep[]): Promise<readonly KernelStep[]> {
  for (const { object, do: verb, data } of steps) {
    const { boundFrom, source } = data['layer'] as unknown as MountLayer;
    const origin = boundFrom ?? source;
    if (verb !== 'mount' || !origin.startsWith('/') || origin.startsWith('//') || existsSync(origin))
      continue;
    throw new SavepointError(
      'STATE_REFUSED',
      `${object} can't be mounted again: ${origin} is not there. Attach the device, or make the directory, and repeat.`,
      { fields: { object, source: origin } },
    );
  }
  return steps;
}

async function applyMounts(steps: readonly KernelStep[], context: AreaApply): Promise<StateProblem[]> {
  const problems: StateProblem[] = [];
  for (const step of steps) {
    const problem = await changeMount(step);
    if (problem === undefined) context.done(step);
    else problems.push(problem);
  }
  return problems;
}
