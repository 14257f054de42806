// Limits of named control groups (version 2), each at the same path as below the root group. Groups themselves are made and removed
// by whoever runs something in them.
import { join } from 'node:path';
import { SavepointError } from '../../store/errors.js';
import type { StateDocument } from '../state/state-adapter.js';
import { applyValues, checkValues } from './apply-values.js';
import { captureValue } from './capture-value.js';
import { isLimit, writeLimit } from './cgroup-limits.js';
import { compareValues } from './compare-values.js';
import type { AreaCapture, KernelArea } from './kernel-area.js';
import { listEntries } from './list-files-below.js';
import { readMountTable } from './mount-table.js';
import { findWriteObstacle, readValue } from './value-file.js';
import type { ValueTraits } from './value-traits.js';

const AREA = 'cgroups';
const OBSERVED = ['memory.current', 'pids.current', 'cpu.stat'];

/** `findRoot` says where the root group is, if there is one. */
export function createCgroupsArea(findRoot: () => string | undefined = findRootGroup): KernelArea {
  return {
    name: AREA,
    isAsked: ({ cgroups }) => cgroups.length > 0,
    capture: (context) => captureGroups(findRoot(), context),
    compare: (comparison) => compareValues(describeGroups(''), comparison),
    stage: async (steps) => {
      checkValues(describeGroups(findRoot() ?? ''), steps);
      return steps;
    },
    apply: (steps, context) => applyValues(describeGroups(findRoot() ?? ''), steps, context),
  };
}

function describeGroups(root: string): ValueTraits {
  const fileOf = (name: string) => join(root, name);
  const groupOf = (name: string) => name.slice(0, name.lastIndexOf('/'));
  return {
    area: AREA,
    objectOf: (name) => `cgroup ${name}`,
    labelOf: (name) => name,
    groupOf: (name) => `cgroup ${groupOf(name)}`,
    comesBack:
      'it comes with the service or the container that makes the group, and with its controllers (cgroup.subtree_control of the group above)',
    remedyFor: () =>
      'Look up the limits of the groups above and below it, set it by hand and repeat; a unit of systemd keeps its limits in its own settings.',
    read: (name) => readValue(fileOf(name)),
    write: (name, value) => writeLimit(fileOf(name), value),
    findObstacle: (name) => findWriteObstacle(fileOf(name)),
    // Memory is reclaimed down to the softer limit before the hard one ends processes.
    rankOf: (name) => (name.endsWith('/memory.max') ? 1 : 0),
  };
}

async function* captureGroups(root: string | undefined, context: AreaCapture): AsyncIterable<StateDocument> {
  if (root === undefined) {
    throw new SavepointError(
      'UNSUPPORTED',
      'No control groups of version 2 are mounted here (cgroup2); start the host with them, or take cgroups out of the configuration.',
    );
  }
  for (const group of new Set(context.settings.cgroups.map(groupPath))) {
    for (const { name: leaf } of listEntries(join(root, group))) {
      const isObserved = OBSERVED.includes(leaf);
      if (!isObserved && !isLimit(leaf)) continue;
      const name = `${group}/${leaf}`;
      const [object, path, file] = [`cgroup ${name}`, `${AREA}/${name}`, join(root, name)];
      yield* captureValue(context, { object, path, file, isObserved });
    }
  }
}

/** Below the root group, whichever way it is written. */
function groupPath(configured: string): string {
  return configured
    .split('/')
    .filter((name) => !['', '.', '..'].includes(name))
    .join('/');
}

/** Where control groups of version 2 are mounted, see cgroups(7). */
function findRootGroup(): string | undefined {
  return readMountTable().find(({ type, root }) => type === 'cgroup2' && root === '/')?.point;
}
