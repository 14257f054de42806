// Mounts, unmounts and remounts by the programs of util-linux, by nothing but what was recorded: /etc/fstab is not asked.

import type { StateProblem } from '../state/state-adapter.js';
import { type ProgramResult, programError, runProgram } from '../system/run-program.js';
import { asSentence } from './as-sentence.js';
import { findMountUsers } from './find-mount-users.js';
import type { KernelStep } from './kernel-area.js';
import { hasSameOptions, isSameMount, type MountLayer, readMountPoints } from './mount-state.js';

/** The words for and against; the kernel shows the first only. */
const FLAGS = [
  { set: 'nosuid', unset: 'suid' },
  { set: 'nodev', unset: 'dev' },
  { set: 'noexec', unset: 'exec' },
  { set: 'nodiratime', unset: 'diratime' },
  // An older mount(8) does not know the word against it.
  { set: 'nosymfollow', unset: undefined },
] as const;
/** Shown, but not taken. */
const NOT_OPTIONS = ['seclabel'];

/** Does the step unless it is done; answers what is wrong afterwards. */
export async function changeMount(step: KernelStep): Promise<StateProblem | undefined> {
  const point = String(step.data['point']);
  const layer = step.data['layer'] as unknown as MountLayer;
  if (step.do === 'unmount') return unmount(step, { point, layer });
  if (step.do === 'mount' && layersOf(point).length <= Number(step.data['depth'])) {
    const failure = await mount(point, layer);
    if (failure !== undefined) return refuse(step, failure);
  }
  const top = layersOf(point).at(-1);
  if (top === undefined || !isSameMount(top, layer))
    return refuse(step, `something else is mounted there: ${top?.source ?? 'nothing'}.`);
  if (hasSameOptions(top, layer)) return undefined;
  const failure = await remount({ point, layer, live: top });
  const found = layersOf(point).at(-1);
  if (found !== undefined && hasSameOptions(found, layer)) return undefined;
  return refuse(step, failure ?? `it has ${found?.options} and ${found?.superOptions} all the same.`);
}

function layersOf(point: string): readonly MountLayer[] {
  return readMountPoints([point]).find((each) => each.point === point)?.layers ?? [];
}

async function unmount(
  step: KernelStep,
  { point, layer }: { readonly point: string; readonly layer: MountLayer },
): Promise<StateProblem | undefined> {
  const isThere = () => {
    const layers = layersOf(point);
    const top = layers.at(-1);
    return top !== undefined && layers.length > Number(step.data['depth']) && isSameMount(top, layer);
  };
  if (!isThere()) return undefined;
  const result = await runProgram('umount', ['--no-canonicalize', '--', point]);
  if (result.exitCode === 0 || !isThere()) return undefined;
  const users = findMountUsers(point);
  const below = readMountPoints([point]).filter((each) => each.point !== point);
  const by = [
    ...users.map(({ name, pid }) => `${name} (${pid})`),
    ...below.map((each) => `the mount ${each.point}`),
  ];
  if (by.length === 0) return refuse(step, explain('umount', [point], result));
  const message = `is in use by ${by.join(', ')}. End what uses it and run 'umount ${point}', or repeat.`;
  return { object: step.object, code: 'STATE_BUSY', message };
}

async function mount(point: string, layer: MountLayer): Promise<string | undefined> {
  const { type, source, boundFrom, superOptions } = layer;
  const args =
    boundFrom === undefined
      ? ['-t', type, '-o', [...givable(superOptions), ...flagsOf(layer)].join(','), '--', source, point]
      : ['--bind', '--', boundFrom, point];
  return run('mount', args);
}

/** First what all mounts of the file system share, then what is of this one. */
async function remount(options: {
  readonly point: string;
  readonly layer: MountLayer;
  readonly live: MountLayer;
}): Promise<string | undefined> {
  const { point, layer, live } = options;
  const place = ['--options-mode', 'ignore', '--', layer.source, point];
  let failure: string | undefined;
  if (String(live.superOptions) !== String(layer.superOptions)) {
    const taken = live.superOptions.filter((option) => !layer.superOptions.includes(option));
    const opposites = taken
      .filter((option) => !option.includes('=') && !['ro', 'rw'].includes(option))
      .map((option) => (option.startsWith('no') ? option.slice(2) : `no${option}`));
    // Those of the mount are said again, or it would be without them for a moment.
    const [, ...flags] = flagsOf(layer);
    const words = ['remount', ...givable(layer.superOptions), ...opposites, ...flags];
    failure = await run('mount', ['-o', words.join(','), ...place]);
  }
  return (await run('mount', ['-o', ['remount', 'bind', ...flagsOf(layer)].join(','), ...place])) ?? failure;
}

function flagsOf({ options }: MountLayer): string[] {
  const access = ['noatime', 'relatime'].find((word) => options.includes(word)) ?? 'strictatime';
  const flags = FLAGS.flatMap(({ set, unset }) => (options.includes(set) ? set : (unset ?? [])));
  return [options.includes('ro') ? 'ro' : 'rw', access, ...flags];
}

function givable(superOptions: readonly string[]): string[] {
  return superOptions.filter((option) => !NOT_OPTIONS.includes(option));
}

async function run(program: string, args: readonly string[]): Promise<string | undefined> {
  const result = await runProgram(program, args);
  return result.exitCode === 0 ? undefined : explain(program, args, result);
}

function explain(program: string, args: readonly string[], result: ProgramResult): string {
  return programError(program, args, result).message;
}

function refuse({ object, do: verb }: KernelStep, reason: string): StateProblem {
  const message = `could not be ${verb}ed as it was: ${asSentence(reason)} Do it by hand and repeat.`;
  return { object, code: 'STATE_REFUSED', message };
}
