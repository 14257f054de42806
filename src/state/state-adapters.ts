// The state adapters that a session knows: those of its caller, those of modules that a configuration names, and this
// version's own, which are loaded when they are needed.
import { SavepointError } from '../../store/errors.js';
import { importModule, loadStateAdapter, type StateAdapter } from '../composition.js';
import { adapterOfModule } from './adapter-of-module.js';

export interface StateAdapters {
  /** Throws ADAPTER_MISSING where no adapter is known for `kind`; `component` is the one that is of that kind. */
  get(kind: string, component: string): Promise<StateAdapter>;
  /** Loads the adapters of `kinds`, so that no file is needed for them later; unknown ones are passed over. */
  load(kinds: readonly string[]): Promise<void>;
  /** Takes in all adapters that modules export, by the absolute paths of these. Throws CONFIG_INVALID, ADAPTER_MISSING. */
  addModules(paths: readonly string[]): Promise<void>;
  /** Whether the adapter for `kind` is the caller's own object, which no other process can have. */
  isOfCaller(kind: string): boolean;
  /** The modules that were taken in. */
  modules(): readonly string[];
}

/** `findModules` is asked for modules where a kind is not known. Throws USAGE where two of `own` are of one kind. */
export function stateAdapters(
  own: readonly StateAdapter[] = [],
  findModules: () => Promise<readonly string[]> = async () => [],
): StateAdapters {
  const known = new Map<string, StateAdapter>();
  const modules = new Set<string>();
  for (const adapter of own) {
    if (known.has(adapter.kind)) throw twoOfAKind(adapter.kind);
    known.set(adapter.kind, adapter);
  }
  const find = async (kind: string) => {
    const adapter = known.get(kind) ?? (await loadStateAdapter(kind));
    if (adapter !== undefined) known.set(kind, adapter);
    return adapter;
  };
  const addModules = async (paths: readonly string[]) => {
    for (const path of paths) {
      if (modules.has(path)) continue;
      for (const adapter of await importAdapters(path)) known.set(adapter.kind, adapter);
      modules.add(path);
    }
  };
  const search = async (kind: string) => {
    await addModules(await findModules());
    return known.get(kind);
  };
  return {
    async get(kind, component) {
      const adapter = (await find(kind)) ?? (await search(kind));
      if (adapter !== undefined) return adapter;
      throw new SavepointError(
        'ADAPTER_MISSING',
        `${component} is of the kind '${kind}', which there is no adapter for. Name its module under 'adapters' in the configuration, or use a newer savepoint.`,
        { fields: { component, kind } },
      );
    },
    async load(kinds) {
      for (const kind of kinds) await find(kind);
    },
    addModules,
    isOfCaller: (kind) => own.some((adapter) => adapter === known.get(kind)),
    modules: () => [...modules],
  };
}

async function importAdapters(path: string): Promise<StateAdapter[]> {
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = await importModule(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SavepointError(
      'ADAPTER_MISSING',
      `The module ${path}, which the configuration names under 'adapters', can't be loaded: ${reason}`,
      { fields: { path }, cause },
    );
  }
  const adapters = Object.values(exported).filter(isAdapter);
  if (adapters.length > 0) return adapters.map((adapter) => adapterOfModule(adapter, path));
  throw new SavepointError(
    'CONFIG_INVALID',
    `The module ${path}, which the configuration names under 'adapters', exports no state adapter: an object with kind, version, supports, capture, compare, stage and apply.`,
    { fields: { path } },
  );
}

const FUNCTIONS = ['capture', 'compare', 'stage', 'apply'] as const;

function isAdapter(value: unknown): value is StateAdapter {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, version, supports, ...rest } = value as Partial<StateAdapter>;
  return (
    typeof kind === 'string' &&
    typeof version === 'number' &&
    typeof supports === 'object' &&
    FUNCTIONS.every((name) => typeof rest[name] === 'function')
  );
}

function twoOfAKind(kind: string): SavepointError {
  return new SavepointError('USAGE', `Two state adapters are of the kind '${kind}': leave one out.`, {
    fields: { kind },
  });
}
