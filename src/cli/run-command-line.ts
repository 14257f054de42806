// Runs one command line from its words to its ending: parses, loads the command, and reports what goes wrong.
import type { Outcome } from './command.js';
import { Interruption } from './interruption.js';
import { loadCommand } from './load-command.js';
import { Output, OutputClosed } from './output.js';
import { type ParsedArguments, parseArguments } from './parse-arguments.js';
import { readWords } from './read-words.js';
import { type FailureCode, reportError } from './report-error.js';

export type { FailureCode } from './report-error.js';

/** How a run ended. */
export type Ending =
  | { readonly how: Outcome }
  | { readonly how: 'failed'; readonly code: FailureCode }
  /** A signal ended it, or would have: SIGPIPE where nobody reads stdout any more. */
  | { readonly how: 'signal'; readonly number: number };

const SIGPIPE = 13;

export async function runCommandLine(words: readonly string[]): Promise<Ending> {
  const interruption = new Interruption();
  let parsed: ParsedArguments;
  try {
    parsed = parseArguments(readWords(words));
  } catch (error) {
    const output = new Output({ json: asksForJson(words), quiet: false, progress: false });
    return await endingOf(error, { output, interruption });
  }
  const { options } = parsed;
  const output = new Output({
    json: options.has('json'),
    quiet: options.has('quiet'),
    progress: !options.has('no-progress'),
  });
  try {
    const how = await runCommand(parsed, { output, interruption });
    await output.flush();
    return { how };
  } catch (error) {
    return await endingOf(error, { output, interruption });
  } finally {
    interruption.stopListening();
  }
}

type Surroundings = { readonly output: Output; readonly interruption: Interruption };

/** Even a command line that can't be parsed is answered in the form that it asks for. */
function asksForJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return (end < 0 ? words : words.slice(0, end)).includes('--json');
}

async function runCommand(parsed: ParsedArguments, surroundings: Surroundings): Promise<Outcome> {
  const { command, group, options, operands } = parsed;
  if (options.has('version')) {
    const { printVersion } = await import('./print-version.js');
    return printVersion(surroundings.output);
  }
  if (options.has('help') || command === undefined) {
    const { printHelp } = await import('./print-help.js');
    return printHelp(surroundings.output, { command: command ?? group, asked: options.has('help') });
  }
  const run = await loadCommand(command.name);
  return run({ operands, options, ...surroundings });
}

async function endingOf(error: unknown, { output, interruption }: Surroundings): Promise<Ending> {
  const { signal } = interruption;
  if (error instanceof OutputClosed) return { how: 'signal', number: SIGPIPE };
  if (signal !== undefined) {
    reportInterruption(output, signal.name);
    return flushed(output, { how: 'signal', number: signal.number });
  }
  return flushed(output, { how: 'failed', code: await reportError(output, error) });
}

/** What was said of a failure may itself not be read, or not be written. */
async function flushed(output: Output, ending: Ending): Promise<Ending> {
  if (output.isBroken) return ending;
  try {
    await output.flush();
    return ending;
  } catch (error) {
    return error instanceof OutputClosed ? { how: 'signal', number: SIGPIPE } : ending;
  }
}

function reportInterruption(output: Output, signal: string): void {
  const message = `interrupted by ${signal}; nothing is half done, and the command can be repeated.`;
  if (output.json) output.record({ error: { signal, code: 'ABORTED', message } });
  else output.problem(`savepoint: ${message}`);
}
