// What holds for components in a rollback, and their validators: commands that say whether what was put back is sound,
// such as `sshd -t`.
import { SavepointError } from '../../store/errors.js';
import { type ConfiguredComponent, isFileComponent } from '../configuration/configuration.js';
import type { ComponentRecord } from '../point-record.js';
import { describeFailure, runShellCommand } from '../run-shell-command.js';
import type { RollbackProblem } from './rollback-problem.js';

/** What a rollback does with a component besides putting its files back. */
export interface ComponentPolicy {
  readonly onError: 'abort' | 'continue';
  readonly validate: readonly string[];
  /** Whether the root is exchanged as a whole, in one instant. */
  readonly swap: boolean;
  /** Absolute paths, or `PATH#KEY`: what stays as it is live. */
  readonly neverRevert: readonly string[];
  /** Units of systemd that are reloaded where something of the component has changed. */
  readonly reload: readonly string[];
  /** Whether files are checked before they are put back. */
  readonly checkFormats: boolean;
}

/** How long one validator may take. */
const VALIDATOR_TIMEOUT_MS = 60_000;

/** What the configuration says by now, else what the point recorded. */
export function policyOf(
  record: ComponentRecord,
  configured: readonly ConfiguredComponent[] = [],
): ComponentPolicy {
  const says = configured.find((component) => component.name === record.name);
  if (says === undefined) {
    const { onError = 'abort', validate = [], swap = false, neverRevert = [], reload = [] } = record;
    return { onError, validate, swap, neverRevert, reload, checkFormats: record.checkFormats === true };
  }
  const { onError, validate } = says;
  if (!isFileComponent(says)) return { ...NO_POLICY, onError, validate };
  const { swap, neverRevert, reload, checkFormats } = says;
  return { onError, validate, swap, neverRevert, reload, checkFormats };
}

/** A safety point need not be sound: it is what was there. */
export const NO_POLICY: ComponentPolicy = {
  ...{ onError: 'abort', validate: [], swap: false },
  ...{ neverRevert: [], reload: [], checkFormats: false },
};

/** What holds on a way back: what was there before need not be sound. */
export function policyBack({ swap, reload, neverRevert }: ComponentPolicy): ComponentPolicy {
  return { ...NO_POLICY, swap, reload, neverRevert };
}

/** Throws CONFIG_INVALID for a validator that no shell understands: better before anything is changed than after it. */
export async function requireParsable(component: string, { validate }: ComponentPolicy): Promise<void> {
  for (const command of validate) {
    const quoted = `'${command.replaceAll("'", "'\\''")}'`;
    const { exitCode, output } = await runShellCommand(`sh -n -c ${quoted}`, {
      timeoutMs: VALIDATOR_TIMEOUT_MS,
    });
    if (exitCode === 0) continue;
    throw new SavepointError(
      'CONFIG_INVALID',
      `The validator '${command}' of ${component} is no command that a shell understands: ${output}. Nothing was changed.`,
      { fields: { component, command } },
    );
  }
}

/** What the validators of a component say that its root at `root` is not as it should be. */
export async function validateComponent(
  component: string,
  { root, policy }: { readonly root: string; readonly policy: ComponentPolicy },
): Promise<RollbackProblem[]> {
  const problems: RollbackProblem[] = [];
  for (const command of policy.validate) {
    const result = await runShellCommand(command, { timeoutMs: VALIDATOR_TIMEOUT_MS });
    const failure = describeFailure(result, VALIDATOR_TIMEOUT_MS);
    if (failure === undefined) continue;
    const message = `the validator '${command}' ${failure}`;
    problems.push({ component, path: root, code: 'VALIDATION_FAILED', message });
  }
  return problems;
}
