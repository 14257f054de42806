// The files of a control group that limit it, and how they are written: most hold one value, some a line for each device, which is
// set and taken back by itself. See Documentation/admin-guide/cgroup-v2.rst of the kernel.
import { normalizeValue, readValue, writeValue } from './value-file.js';

const LIMITS = [
  ...['cgroup.max.depth', 'cgroup.max.descendants'],
  ...['cpu.max', 'cpu.max.burst', 'cpu.weight', 'cpu.idle', 'cpu.uclamp.min', 'cpu.uclamp.max'],
  ...['cpuset.cpus', 'cpuset.mems', 'cpuset.cpus.exclusive', 'cpuset.cpus.partition'],
  ...['memory.min', 'memory.low', 'memory.high', 'memory.max', 'memory.oom.group'],
  ...['memory.swap.high', 'memory.swap.max', 'memory.zswap.max', 'memory.zswap.writeback'],
  ...[
    'io.max',
    'io.weight',
    'io.latency',
    'io.bfq.weight',
    'io.prio.class',
    'pids.max',
    'misc.max',
    'rdma.max',
  ],
];
const HUGE_PAGES = /^hugetlb\.[^.]+\.(max|rsvd\.max)$/;
/** A line for each device, with what takes one back. */
const BY_DEVICE: Readonly<Record<string, string>> = {
  'io.max': 'rbps=max wbps=max riops=max wiops=max',
  'io.weight': 'default',
  'io.bfq.weight': 'default',
  'io.latency': 'target=max',
  'misc.max': 'max',
  'rdma.max': 'hca_handle=max hca_object=max',
};

export function isLimit(leaf: string): boolean {
  return LIMITS.includes(leaf) || HUGE_PAGES.test(leaf);
}

/** Answers why the kernel did not take it, in words, or `undefined` where it did. */
export function writeLimit(file: string, value: string): string | undefined {
  const leaf = file.slice(file.lastIndexOf('/') + 1);
  for (const text of planLimit(leaf, { live: readValue(file) ?? '', wanted: value })) {
    const refusal = writeValue(file, text);
    if (refusal !== undefined) return `${text}: ${refusal}`;
  }
  return undefined;
}

/** What is written to the file `leaf`, one after the other. */
export function planLimit(
  leaf: string,
  values: { readonly live: string; readonly wanted: string },
): readonly string[] {
  const takenBack = BY_DEVICE[leaf];
  if (takenBack === undefined) return [values.wanted];
  const [live, wanted] = [linesOf(values.live), linesOf(values.wanted)];
  return [
    ...[...wanted].filter(([key, text]) => live.get(key) !== text).map(([, text]) => text),
    ...[...live.keys()].filter((key) => !wanted.has(key)).map((key) => `${key} ${takenBack}`),
  ];
}

/** By what they begin with; a value without a device is that of all others. */
function linesOf(text: string): Map<string, string> {
  const lines = normalizeValue(text).split('\n').filter(Boolean);
  return new Map(
    lines.map((line) => [line.includes(' ') ? line.slice(0, line.indexOf(' ')) : 'default', line]),
  );
}
