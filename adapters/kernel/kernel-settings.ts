// What the configuration asks of the kernel component, by area.
import type { JsonObject } from '../state/state-adapter.js';

export type KernelSettings = {
  readonly sysctl: readonly string[];
  readonly modules: readonly string[];
  readonly processes: readonly string[];
  readonly cgroups: readonly string[];
  readonly interrupts: boolean;
  readonly memory: boolean;
  readonly block: readonly string[];
  readonly interfaces: readonly string[];
  readonly mounts: readonly string[];
  readonly firewall: boolean;
};

/** Settings that are missing ask for nothing. */
export function readKernelSettings(settings: JsonObject): KernelSettings {
  const list = (name: keyof KernelSettings) => (settings[name] as readonly string[] | undefined) ?? [];
  const asks = (name: keyof KernelSettings) => settings[name] === true;
  return {
    sysctl: list('sysctl'),
    modules: list('modules'),
    processes: list('processes'),
    cgroups: list('cgroups'),
    interrupts: asks('interrupts'),
    memory: asks('memory'),
    block: list('block'),
    interfaces: list('interfaces'),
    mounts: list('mounts'),
    firewall: asks('firewall'),
  };
}
