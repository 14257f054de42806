// The timed steps of a round in their order, what each runs, and how its result is proved right.
import { join } from 'node:path';
import { run } from './process.mjs';
import { verifyChangedFiles, verifyFile, verifyTree } from './verify.mjs';

/**
 * @typedef {object} StepContext
 * @property {import('./tools/tool.mjs').Tool} tool
 * @property {import('./tools/tool.mjs').Place} place
 * @property {string} target an empty directory in memory
 * @property {string} samplePath the one file that comes back, relative to the tree
 * @property {number} changedFiles how many files the change touched
 * @property {boolean} thorough whether to compare whole trees (in the last round)
 * @property {AbortSignal} signal
 *
 * @typedef {object} Step
 * @property {string} measure
 * @property {boolean} changed whether the tree is in its changed state
 * @property {string | undefined} needs the step that must have succeeded before
 * @property {import('./tools/tool.mjs').PointName} [point] that it saves
 * @property {(context: StepContext) => import('./tools/tool.mjs').Answer} command
 * @property {(context: StepContext, stdout: string) => Promise<string[]>} verify throws `WrongResult`; answers
 *   remarks on metadata
 */

const nothingToVerify = async () => [];

/** @param {StepContext} context */
function verifyRestored({ tool, place, target, signal }) {
  return verifyTree({ tree: place.tree, target, metadata: tool.keepsMetadata, signal });
}

/** @type {Step[]} */
export const steps = [
  {
    measure: 'first-save',
    changed: false,
    needs: undefined,
    point: 'first',
    command: ({ tool, place }) => tool.save(place, 'first'),
    verify: nothingToVerify,
  },
  {
    measure: 'unchanged-save',
    changed: false,
    needs: 'first-save',
    point: 'unchanged',
    command: ({ tool, place }) => tool.save(place, 'unchanged'),
    verify: nothingToVerify,
  },
  {
    measure: 'restore',
    changed: false,
    needs: 'first-save',
    command: ({ tool, place, target }) => tool.restore(place, 'first', target),
    verify: async (context) => (context.thorough ? verifyRestored(context) : []),
  },
  {
    measure: 'one-file',
    changed: false,
    needs: 'first-save',
    command: ({ tool, place, target, samplePath }) => tool.restoreFile(place, { path: samplePath, target }),
    verify: async ({ place, target, samplePath }) => {
      verifyFile({ original: join(place.tree, samplePath), target });
      return [];
    },
  },
  {
    measure: 'changed-save',
    changed: true,
    needs: 'first-save',
    point: 'changed',
    command: ({ tool, place }) => tool.save(place, 'changed'),
    verify: async (context) => {
      const command = context.tool.restore(context.place, 'changed', context.target);
      if (!context.thorough || 'unsupported' in command) return [];
      await run(command, { signal: context.signal });
      return verifyRestored(context);
    },
  },
  {
    measure: 'diff',
    changed: true,
    needs: 'changed-save',
    command: ({ tool, place }) => tool.diff(place),
    verify: async ({ tool, changedFiles }, stdout) => {
      if (tool.changedFiles !== undefined) {
        verifyChangedFiles({ found: tool.changedFiles(stdout), expected: changedFiles });
      }
      return [];
    },
  },
];

/**
 * What is read off the steps: sizes after two of them, and the peak memory of all. Without its `source` a measure has
 * no figure; the steps in `also` contribute to it.
 * @type {Record<string, { source: string, also: string[] }>}
 */
export const derivedMeasures = {
  'stored-size': { source: 'first-save', also: [] },
  'stored-growth': { source: 'changed-save', also: ['first-save'] },
  memory: { source: 'first-save', also: ['unchanged-save', 'restore', 'changed-save'] },
};

export const measures = [...steps.map((step) => step.measure), ...Object.keys(derivedMeasures), 'startup'];

/**
 * The steps to run for the wanted measures of a data set, with those that they need.
 * @param {{ wanted: string[], supported: string[] }} options
 */
export function selectSteps({ wanted, supported }) {
  const needed = new Set(wanted.filter((measure) => supported.includes(measure)));
  for (const [measure, { source, also }] of Object.entries(derivedMeasures)) {
    if (needed.has(measure))
      for (const step of [source, ...also]) if (supported.includes(step)) needed.add(step);
  }
  for (const step of steps.toReversed()) {
    if (needed.has(step.measure) && step.needs !== undefined) needed.add(step.needs);
  }
  return steps.filter((step) => needed.has(step.measure));
}
