// Kernel parameters: each is one document, at the same path as below /proc/sys, with the bare value. Those that can't be set, or
// that the kernel changes by itself, are only observed.
import { join } from 'node:path';
import type { StateDocument } from '../state/state-adapter.js';
import { captureValue } from './capture-value.js';
import type { AreaCapture, KernelArea, KernelStep } from './kernel-area.js';
import { listFilesBelow } from './list-files-below.js';
import { matchNames } from './name-pattern.js';
import { sysctlName, sysctlPath } from './sysctl-names.js';
import * as rules from './sysctl-rules.js';
import { valueArea } from './value-area.js';
import { findWriteObstacle, readValue, writeValue } from './value-file.js';
import type { ValueTraits } from './value-traits.js';

const AREA = 'sysctl';

/** `root` is where the parameters are shown. */
export function createSysctlArea(root = '/proc/sys'): KernelArea {
  return {
    ...valueArea(describeSysctl(root)),
    isAsked: ({ sysctl }) => sysctl.length > 0,
    capture: (context) => captureSysctl(root, context),
  };
}

function describeSysctl(root: string): ValueTraits {
  const fileOf = (path: string) => join(root, path);
  return {
    area: AREA,
    objectOf: (path) => `sysctl ${sysctlName(path)}`,
    labelOf: sysctlName,
    groupOf: (path) => `sysctl ${sysctlName(path.slice(0, path.lastIndexOf('/')))}.*`,
    comesBack: 'it comes with the module or the interface that it belongs to',
    remedyFor: (path) =>
      `Look up what this kernel takes, set it by 'sysctl -w ${sysctlName(path)}=…' and repeat.`,
    read: (path) => readValue(fileOf(path)),
    write: (path, value) => writeValue(fileOf(path), value),
    findObstacle: (path) => findWriteObstacle(fileOf(path)),
    rankOf: (path) => rules.rankSysctl(sysctlName(path)),
    resets: (path, other) => rules.resetsSysctl(sysctlName(path), sysctlName(other)),
    findHindrance: (path, values) => rules.findOneWay(sysctlName(path), values),
    mayAppear: (_, earlier) => earlier.some(bringsParameters),
    isLate: (path) => rules.followsInterface(sysctlName(path)),
    isSecret: (path) => rules.isSecret(sysctlName(path)),
  };
}

/** A module has parameters of its own below /proc/sys. */
function bringsParameters(step: KernelStep): boolean {
  return step.do === 'load';
}

async function* captureSysctl(root: string, context: AreaCapture): AsyncIterable<StateDocument> {
  const patterns = context.settings.sysctl.map((pattern) => sysctlName(sysctlPath(pattern)));
  const isAsked = matchNames(patterns);
  const found = new Set<string>();
  // A file system of its own, which looking at it would mount.
  for (const path of listFilesBelow(root, (directory) => directory !== 'fs/binfmt_misc')) {
    const name = sysctlName(path);
    if (!isAsked(name)) continue;
    found.add(name);
    if (rules.isAction(name) || (context.settings.memory && rules.isOfMemory(name))) continue;
    yield* captureValue(context, {
      object: `sysctl ${name}`,
      path: `${AREA}/${path}`,
      file: join(root, path),
      isObserved: rules.isVolatile(name),
    });
  }
  for (const name of patterns.filter((pattern) => !pattern.includes('*') && !found.has(pattern))) {
    const message =
      'is not known to this kernel; correct its name in the configuration, or load the module that has it.';
    context.report({ object: `sysctl ${name}`, code: 'STATE_UNREADABLE', message });
  }
}
