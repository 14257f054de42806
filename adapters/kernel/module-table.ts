// Modules of the running kernel: /proc/modules names those that are loaded, /sys/module also those that are built in and have
// something to show.
import { join } from 'node:path';
import { listEntries } from './list-files-below.js';
import { readValue } from './value-file.js';

export interface KernelModule {
  readonly name: string;
  readonly isBuiltIn: boolean;
  /** How often it is in use. */
  readonly references: number;
  /** The modules that use it. */
  readonly users: readonly string[];
}

/** By name; `root` is where /proc and /sys are. */
export function listModules(root: string): KernelModule[] {
  const loaded = (readValue(join(root, 'proc/modules')) ?? '').split('\n').filter(Boolean).map(parseLine);
  const names = new Set(loaded.map(({ name }) => name));
  const builtIn = listEntries(join(root, 'sys/module'))
    // What is being loaded, or has been since, shows its state.
    .filter(
      ({ name }) => !names.has(name) && readValue(join(root, 'sys/module', name, 'initstate')) === undefined,
    )
    .map(({ name }) => ({ name, isBuiltIn: true, references: 0, users: [] }));
  return [...loaded, ...builtIn].sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** `nf_nat 49152 2 xt_MASQUERADE,nft_chain_nat, Live 0x0000000000000000` */
function parseLine(line: string): KernelModule {
  const [name, , references, users] = line.split(' ');
  return {
    ...{ name, isBuiltIn: false, references: Number(references) },
    users: users.split(',').filter((user) => user !== '' && user !== '-'),
  };
}
