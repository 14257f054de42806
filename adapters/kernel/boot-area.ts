// What only another start of the host changes: the kernel that runs and its command line. Recorded, compared, and told.
import { join } from 'node:path';
import { captureValue } from './capture-value.js';
import type { AreaComparison, KernelArea, KernelPlan } from './kernel-area.js';

const AREA = 'boot';
const FACTS = [
  {
    name: 'command-line',
    file: 'cmdline',
    object: 'kernel command line',
    remedy: 'change it in the settings of the boot loader and restart the host',
  },
  {
    name: 'release',
    file: 'sys/kernel/osrelease',
    object: 'kernel release',
    remedy: 'choose that kernel in the boot loader and restart the host',
  },
] as const;

/** `root` is where /proc is; it is looked at whenever anything else of the kernel is. */
export function createBootArea(root = '/proc'): KernelArea {
  return {
    name: AREA,
    isAsked: (settings) =>
      Object.values(settings).some((asked: boolean | readonly string[]) =>
        typeof asked === 'boolean' ? asked : asked.length > 0,
      ),
    async *capture(context) {
      for (const { name, file, object } of FACTS)
        yield* captureValue(context, {
          ...{ object, path: `${AREA}/${name}`, file: join(root, file) },
          isObserved: true,
        });
    },
    compare: compareFacts,
    apply: async () => [],
  };
}

async function compareFacts({ from, to, changed }: AreaComparison): Promise<KernelPlan> {
  const unrestorable: { object: string; text: string }[] = [];
  for (const { name, object, remedy } of FACTS) {
    const path = `observed/${AREA}/${name}`;
    const [before, after] = await Promise.all([from, to].map((state) => state.read(path)));
    if (!changed.includes(path) || before === undefined || after === undefined) continue;
    const [live, then] = [before, after].map((content) => new TextDecoder().decode(content).trim());
    unrestorable.push({ object, text: `is '${live}' instead of '${then}': ${remedy}` });
  }
  return { steps: [], unrestorable };
}
