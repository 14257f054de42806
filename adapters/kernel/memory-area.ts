// How the kernel hands out memory: huge pages, transparent huge pages and overcommit. What is in use is observed.
import { join } from 'node:path';
import type { StateDocument } from '../state/state-adapter.js';
import { captureValue } from './capture-value.js';
import type { AreaCapture, KernelArea } from './kernel-area.js';
import { listEntries, listFilesBelow } from './list-files-below.js';
import { valueArea } from './value-area.js';
import { findWriteObstacle, pickChoice, readValue, writeValue } from './value-file.js';
import type { ValueTraits } from './value-traits.js';

const AREA = 'memory';
const OVERCOMMIT = ['overcommit_memory', 'overcommit_ratio', 'overcommit_kbytes'];
const HUGE_PAGES = ['nr_hugepages', 'nr_overcommit_hugepages'];
const OBSERVED = ['meminfo', 'zoneinfo'];

/** `root` is where /proc and /sys are. */
export function createMemoryArea(root = '/'): KernelArea {
  return {
    ...valueArea(describeMemory(root)),
    isAsked: ({ memory }) => memory,
    capture: (context) => captureMemory(root, context),
  };
}

function describeMemory(root: string): ValueTraits {
  const fileOf = (name: string) => fileOfName(root, name);
  return {
    area: AREA,
    objectOf: (name) => `memory ${name}`,
    labelOf: (name) => name,
    groupOf: (name) => `memory ${name}`,
    comesBack: 'this kernel, or this machine, does not have it',
    remedyFor: (name) =>
      name.endsWith('/nr_hugepages')
        ? 'Memory is short or in pieces: free some, or restart the host, where huge pages are made before all else.'
        : 'Look up what this kernel takes, set it by hand and repeat.',
    read: (name) => pick(root, name, readValue(fileOf(name))),
    write: (name, value) => writeValue(fileOf(name), value),
    findObstacle: (name) => findWriteObstacle(fileOf(name)),
    // More memory is there for huge pages as long as less is promised to others.
    rankOf: (name) => (name.startsWith('hugepages/') ? 0 : 1),
  };
}

function* namesOf(root: string): Iterable<string> {
  for (const { name: size } of listEntries(join(root, 'sys/kernel/mm/hugepages')))
    for (const leaf of HUGE_PAGES) yield `hugepages/${size}/${leaf}`;
  for (const path of listFilesBelow(join(root, 'sys/kernel/mm/transparent_hugepage')))
    yield `transparent_hugepage/${path}`;
  for (const leaf of OVERCOMMIT) yield `vm/${leaf}`;
}

async function* captureMemory(root: string, context: AreaCapture): AsyncIterable<StateDocument> {
  for (const name of namesOf(root)) {
    const [object, file] = [`memory ${name}`, fileOfName(root, name)];
    const picked = (text: string) => pick(root, name, text) ?? text;
    yield* captureValue(context, { object, file, path: `${AREA}/${name}`, pick: picked });
  }
  for (const name of OBSERVED)
    yield* captureValue(context, {
      ...{ object: `memory ${name}`, file: join(root, 'proc', name), path: `${AREA}/${name}` },
      isObserved: true,
    });
}

/** The value in a text: the word chosen, or the huge pages that were asked for, without those made when they ran out. */
function pick(root: string, name: string, text: string | undefined): string | undefined {
  if (text === undefined || !name.endsWith('/nr_hugepages')) return text && pickChoice(text);
  const surplus = readValue(fileOfName(root, name.replace(/nr_hugepages$/, 'surplus_hugepages')));
  return String(Number(text) - Number(surplus ?? 0));
}

function fileOfName(root: string, name: string): string {
  return name.startsWith('vm/') ? join(root, 'proc/sys', name) : join(root, 'sys/kernel/mm', name);
}
