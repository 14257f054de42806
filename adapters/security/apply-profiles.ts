// Loads and unloads profiles of AppArmor, after their files are in place, and reads back what the kernel has then.
import { existsSync, writeFileSync } from 'node:fs';
import { systemCode } from '../backends/storage-error.js';
import type { StateProblem } from '../state/state-adapter.js';
import { programError, runProgram } from '../system/run-program.js';
import { type LoadedProfile, REMOVE_PROFILE, readLoadedProfiles } from './apparmor-profiles.js';
import { objectOf, type ProfileAction } from './security-action.js';

const COMPLAIN = 'complain';
const TIMEOUT_MS = 120_000;

/** What could not be done, by the profile's name. */
export async function applyProfiles(actions: readonly ProfileAction[]): Promise<Map<string, StateProblem>> {
  const problems = new Map<string, StateProblem>();
  if (actions.length === 0) return problems;
  const fail = (action: ProfileAction, code: string, message: string) =>
    problems.set(action.name, { object: objectOf(action), code, message });
  const loaded = readLoadedProfiles();
  for (const action of actions) {
    if (loaded === undefined)
      fail(action, 'UNSUPPORTED', `can't be loaded or unloaded: the kernel shows no AppArmor here.`);
  }
  if (loaded === undefined) return problems;
  for (const action of actions.filter(({ mode }) => mode === null)) {
    const code = isAsMeant(action, loaded) ? undefined : unload(action.name);
    if (code !== undefined) fail(action, 'STATE_REFUSED', `can't be unloaded (${code}): repeat as root.`);
  }
  const wanted = actions.filter((action) => action.again === true || !isAsMeant(action, loaded));
  for (const [file, profiles] of groupByFile(wanted)) {
    const failure = await load(file, profiles);
    if (failure === undefined) continue;
    for (const action of profiles) fail(action, failure.code, failure.message);
  }
  const afterwards = readLoadedProfiles() ?? [];
  for (const action of actions) {
    if (problems.has(action.name) || isAsMeant(action, afterwards)) continue;
    const mode = afterwards.find(({ name }) => name === action.name)?.mode ?? 'not loaded';
    const message = `is ${mode} and not ${action.mode ?? 'unloaded'}: look at its file in /etc/apparmor.d, and load it with apparmor_parser.`;
    fail(action, 'STATE_REFUSED', message);
  }
  return problems;
}

function isAsMeant(action: ProfileAction, loaded: readonly LoadedProfile[]): boolean {
  return (loaded.find(({ name }) => name === action.name)?.mode ?? null) === action.mode;
}

function groupByFile(actions: readonly ProfileAction[]): Map<string, ProfileAction[]> {
  const files = new Map<string, ProfileAction[]>();
  for (const action of actions) {
    if (action.mode !== null && action.file !== null)
      files.set(action.file, [...(files.get(action.file) ?? []), action]);
  }
  return files;
}

/** Loads what a file declares, as it says; where a profile is to complain and its file does not say so, once more. */
async function load(
  file: string,
  profiles: readonly ProfileAction[],
): Promise<{ readonly code: string; readonly message: string } | undefined> {
  if (!existsSync(file)) {
    const message = `can't be loaded: ${file} is not there. Put it back, and run apparmor_parser --replace.`;
    return { code: 'STATE_REFUSED', message };
  }
  const failure = await runParser(['--replace', file]);
  if (failure !== undefined) return failure;
  const loaded = readLoadedProfiles() ?? [];
  const differ = profiles.some((action) => action.mode === COMPLAIN && !isAsMeant(action, loaded));
  return differ ? runParser(['--replace', '--Complain', file]) : undefined;
}

async function runParser(args: readonly string[]) {
  const result = await runProgram('apparmor_parser', args, { timeoutMs: TIMEOUT_MS });
  if (result.exitCode === 0) return undefined;
  const error = programError('apparmor_parser', args, result);
  return { code: error.code, message: `can't be loaded: ${error.message}` };
}

/** The system's code where it fails. One that is not loaded is unloaded. */
function unload(name: string): string | undefined {
  try {
    writeFileSync(REMOVE_PROFILE, name);
    return undefined;
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    return code === 'ENOENT' ? undefined : code;
  }
}
