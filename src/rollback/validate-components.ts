// The validators of components: commands that say whether what was put back is sound, such as `sshd -t`.
import { SavepointError } from '../../store/errors.js';
import type { ConfiguredComponent } from '../configuration/configuration.js';
import type { ComponentRecord } from '../point-record.js';
import { describeFailure, runShellCommand } from '../run-shell-command.js';
import type { RollbackProblem } from './rollback-problem.js';

/** What a rollback does with a component besides putting its files back. */
export interface ComponentPolicy {
  readonly onError: 'abort' | 'continue';
  readonly validate: readonly string[];
}

/** How long one validator may take. */
const VALIDATOR_TIMEOUT_MS = 60_000;

/** What the configuration says by now, else what the point recorded. */
export function policyOf(
  { name, onError = 'abort', validate = [] }: ComponentRecord,
  configured: readonly ConfiguredComponent[] = [],
): ComponentPolicy {
  return configured.find((component) => component.name === name) ?? { onError, validate };
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
