// Matches lines against regular expressions of a configuration, within a limited time: some take for ever on some lines.
import { createContext, Script } from 'node:vm';
import { SavepointError } from '../../store/errors.js';

const MATCH_MS = 2000;

/** Whether any of `patterns` matches. The function throws UNSUPPORTED where that takes too long. */
export function createMatcher(patterns: readonly string[]): (text: string) => boolean {
  const expressions = patterns.map((pattern) => new RegExp(pattern, 'u'));
  const sandbox: { expressions: RegExp[]; text: string } = { expressions, text: '' };
  const context = createContext(sandbox);
  const script = new Script('expressions.some((expression) => expression.test(text))');
  return (text) => {
    sandbox.text = text;
    try {
      return script.runInContext(context, { timeout: MATCH_MS }) === true;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause;
      throw new SavepointError(
        'UNSUPPORTED',
        `One of the patterns ${patterns.join(', ')} takes more than ${MATCH_MS / 1000} s for a line of ${text.length} characters: write it without nested repetitions.`,
        { fields: { patterns }, cause },
      );
    }
  };
}
