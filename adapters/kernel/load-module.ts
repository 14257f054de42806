// Loads and unloads one module by the programs of kmod. Both look first whether it is done already.

import type { StateProblem } from '../state/state-adapter.js';
import { type ProgramResult, programError, runProgram } from '../system/run-program.js';
import { asSentence } from './as-sentence.js';
import type { KernelStep } from './kernel-area.js';
import { type KernelModule, listModules } from './module-table.js';

/** With what it needs, as modprobe(8) does. */
export async function loadModule(
  root: string,
  { object, data }: KernelStep,
): Promise<StateProblem | undefined> {
  const module = String(data['module']);
  if (findLoaded(root, module) !== undefined) return undefined;
  const parameters = Object.entries(data['parameters'] as Record<string, string>);
  const given = parameters.map(([name, value]) => `${name}=${/\s/.test(value) ? `"${value}"` : value}`);
  let result = await runProgram('modprobe', ['--', module, ...given]);
  // A parameter may show what it does not take; then what differs shows when the state is read again.
  if (result.exitCode !== 0 && !result.isMissing && given.length > 0)
    result = await runProgram('modprobe', ['--', module]);
  if (findLoaded(root, module) !== undefined) return undefined;
  const remedy = `See that /lib/modules has it for the running kernel, and what 'dmesg' says; load it by hand and repeat.`;
  return {
    object,
    code: codeOf(result),
    message: `can't be loaded: ${describe('modprobe', module, result)} ${remedy}`,
  };
}

/** Not with what it needed: that may be there for others. */
export async function unloadModule(
  root: string,
  { object, data }: KernelStep,
): Promise<StateProblem | undefined> {
  const module = String(data['module']);
  const found = findLoaded(root, module);
  if (found === undefined) return undefined;
  if (found.references > 0) return { object, code: 'STATE_BUSY', message: describeUse(found) };
  const result = await runProgram('rmmod', ['--', module]);
  const left = findLoaded(root, module);
  if (left === undefined) return undefined;
  if (left.references > 0) return { object, code: 'STATE_BUSY', message: describeUse(left) };
  const remedy = `See what 'dmesg' says, unload it by hand and repeat, or restart the host.`;
  return {
    object,
    code: codeOf(result),
    message: `can't be unloaded: ${describe('rmmod', module, result)} ${remedy}`,
  };
}

function describeUse({ name, users, references }: KernelModule): string {
  const by = users.length === 0 ? `${references} times, by no other module` : `by ${users.join(', ')}`;
  const remedy =
    users.length === 0
      ? `End what uses it (a mount, an interface, a rule, a process with a device open)`
      : `Unload ${users.join(', ')} first`;
  return `is in use ${by}. ${remedy}, then run 'rmmod ${name}', or repeat.`;
}

function findLoaded(root: string, module: string): KernelModule | undefined {
  return listModules(root).find(({ name, isBuiltIn }) => name === module && !isBuiltIn);
}

function describe(program: string, module: string, result: ProgramResult): string {
  return asSentence(programError(program, [module], result).message);
}

function codeOf({ isMissing }: ProgramResult): string {
  return isMissing ? 'PROGRAM_MISSING' : 'STATE_REFUSED';
}
