// Which modules are to be loaded and unloaded, and what of them can't be put back.
import type { StateReader } from '../state/state-adapter.js';
import { decodeText } from './capture-value.js';
import type { AreaComparison, KernelPlan, KernelStep } from './kernel-area.js';

const PREFIX = 'state/modules/';
const LOADED = 'loaded';

export async function compareLoaded({ from, to, changed }: AreaComparison): Promise<KernelPlan> {
  const steps: KernelStep[] = [];
  const unrestorable: { object: string; text: string }[] = [];
  const own = changed
    .filter((path) => path.startsWith(PREFIX))
    .map((path) => path.slice(PREFIX.length).split('/'));
  for (const module of new Set(own.map(([name]) => name))) {
    const object = `module ${module}`;
    const [before, after] = await Promise.all([from, to].map((state) => readText(state, `${module}/kind`)));
    if (before === after) {
      for (const [name, place, parameter] of own)
        if (name === module && place === 'fixed') {
          const text = await describeFixed(`${module}/fixed/${parameter}`, { from, to });
          unrestorable.push({ object: `${object} ${parameter}`, text });
        }
    } else if (before === undefined && after === LOADED) {
      const parameters = await readParameters(to, module);
      const data = { area: 'modules', module, parameters };
      steps.push({ object, do: 'load', text: `load the module ${module}`, data });
    } else if (before === LOADED && after === undefined) {
      const data = { area: 'modules', module };
      // Only once nothing uses it any more: rules, interfaces and mounts go first.
      steps.push({ object, do: 'unload', text: `unload the module ${module}`, data, isLate: true });
    } else {
      const text = `is ${before ?? 'not there'} instead of ${after ?? 'not there'}: that is up to the kernel that is started`;
      unrestorable.push({ object, text });
    }
  }
  return { steps, unrestorable };
}

async function describeFixed(
  name: string,
  { from, to }: { readonly from: StateReader; readonly to: StateReader },
): Promise<string> {
  const [before, after] = await Promise.all([readText(from, name), readText(to, name)]);
  return `is ${before ?? 'not there'} instead of ${after ?? 'not there'}: it is given when the module is loaded; set it in /etc/modprobe.d and restart the host`;
}

/** Those that can only be given when it is loaded; `(null)` stands for none. */
async function readParameters(to: StateReader, module: string): Promise<Record<string, string>> {
  const prefix = `${PREFIX}${module}/fixed`;
  const parameters: Record<string, string> = {};
  for (const path of await to.list(prefix)) {
    const value = await readText(to, path.slice(PREFIX.length));
    if (value !== undefined && value !== '' && value !== '(null)')
      parameters[path.slice(prefix.length + 1)] = value;
  }
  return parameters;
}

async function readText(state: StateReader, name: string): Promise<string | undefined> {
  const content = await state.read(`${PREFIX}${name}`);
  return content && decodeText(content);
}
