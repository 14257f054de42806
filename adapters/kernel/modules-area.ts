// Kernel modules that are loaded, and their parameters. Those that can be written are put back as they stand; others are given when
// a module is loaded again. What is built in can't be unloaded.
import { join } from 'node:path';
import type { StateDocument, StateProblem } from '../state/state-adapter.js';
import { applyValues, checkValues } from './apply-values.js';
import { captureValue, encodeText } from './capture-value.js';
import { compareLoaded } from './compare-modules.js';
import { compareValues } from './compare-values.js';
import type { AreaApply, AreaCapture, KernelArea, KernelStep } from './kernel-area.js';
import { listEntries } from './list-files-below.js';
import { loadModule, unloadModule } from './load-module.js';
import { listModules } from './module-table.js';
import { matchNames } from './name-pattern.js';
import { findAccess, findWriteObstacle, readValue, writeValue } from './value-file.js';
import type { ValueTraits } from './value-traits.js';

const AREA = 'modules';

/** `root` is where /proc and /sys are. */
export function createModulesArea(root = '/'): KernelArea {
  const traits = describeParameters(root);
  return {
    name: AREA,
    isAsked: ({ modules }) => modules.length > 0,
    capture: (context) => captureModules(root, context),
    isComparable(path, { from, to }) {
      const module = path.split('/')[2];
      return matchNames(from.modules)(module) && matchNames(to.modules)(module);
    },
    async compare(comparison) {
      const loaded = await compareLoaded(comparison);
      const values = await compareValues(traits, comparison, isParameter);
      // A module has to be there before its parameters can be set.
      return {
        steps: [...loaded.steps, ...values.steps],
        unrestorable: [...loaded.unrestorable, ...values.unrestorable],
      };
    },
    async stage(steps) {
      checkValues(traits, steps.filter(isSetting));
      return steps;
    },
    apply: (steps, context) => applyModules({ root, traits, steps, context }),
  };
}

function describeParameters(root: string): ValueTraits {
  const fileOf = (name: string) => join(root, 'sys/module', name);
  const moduleOf = (name: string) => name.slice(0, name.indexOf('/'));
  const leafOf = (name: string) => name.slice(name.lastIndexOf('/') + 1);
  return {
    area: AREA,
    objectOf: (name) => `module ${moduleOf(name)} ${leafOf(name)}`,
    labelOf: (name) => `${leafOf(name)} of ${moduleOf(name)}`,
    groupOf: (name) => `module ${moduleOf(name)} parameters`,
    ownerOf: (name) => `${moduleOf(name)}/kind`,
    comesBack: 'the module that is there now does not have it',
    remedyFor: (name) => `Look up what it takes by 'modinfo ${moduleOf(name)}', set it by hand and repeat.`,
    read: (name) => readValue(fileOf(name)),
    write: (name, value) => writeValue(fileOf(name), value),
    findObstacle: (name) => findWriteObstacle(fileOf(name)),
  };
}

async function* captureModules(root: string, context: AreaCapture): AsyncIterable<StateDocument> {
  const isAsked = matchNames(context.settings.modules);
  for (const { name, isBuiltIn, users, references } of listModules(root)) {
    if (!isAsked(name)) continue;
    const kind = isBuiltIn ? 'built in' : 'loaded';
    yield { path: `state/${AREA}/${name}/kind`, content: encodeText(kind) };
    if (!isBuiltIn) {
      const used = `used ${references} times${users.length === 0 ? '' : `, by ${users.join(' ')}`}`;
      yield { path: `observed/${AREA}/${name}/use`, content: encodeText(used) };
    }
    const directory = join(root, 'sys/module', name, 'parameters');
    for (const { name: parameter } of listEntries(directory)) {
      const file = join(directory, parameter);
      // One that can't be written is of the state all the same: it is given when the module is loaded.
      const place = findAccess(file)?.writes === true ? 'parameters' : 'fixed';
      const [object, path] = [`module ${name} ${parameter}`, `${AREA}/${name}/${place}/${parameter}`];
      for (const { path: found, content } of captureValue(context, { object, path, file }))
        yield { path: found.replace(/^observed\//, 'state/'), content };
    }
  }
}

async function applyModules(options: {
  readonly root: string;
  readonly traits: ValueTraits;
  readonly steps: readonly KernelStep[];
  readonly context: AreaApply;
}): Promise<StateProblem[]> {
  const { root, traits, steps, context } = options;
  const problems = await changeModules(root, steps, context);
  return [...problems, ...(await applyValues(traits, steps.filter(isSetting), context))];
}

/** One may only be unloaded after another that uses it: as long as one of them can be, the others are tried again. */
async function changeModules(
  root: string,
  steps: readonly KernelStep[],
  context: AreaApply,
): Promise<StateProblem[]> {
  let left = steps.filter((each) => !isSetting(each));
  for (;;) {
    const problems = new Map<KernelStep, StateProblem>();
    for (const step of left) {
      const problem = await (step.do === 'load' ? loadModule : unloadModule)(root, step);
      if (problem === undefined) context.done(step);
      else problems.set(step, problem);
    }
    if (problems.size === 0 || problems.size === left.length) return [...problems.values()];
    left = [...problems.keys()];
  }
}

function isSetting(step: KernelStep): boolean {
  return step.do === 'set' || step.do === 'keep';
}

function isParameter(name: string): boolean {
  return /^[^/]+\/parameters\//.test(name);
}
