// What each command is: a function of what was asked for, that says how it went and knows nothing of exit codes.
import type { Interruption } from './interruption.js';
import type { Output } from './output.js';
import type { OptionValues } from './parse-arguments.js';

export type Outcome =
  | 'done'
  /** There are differences, and the user asked to be told so. */
  | 'differences'
  /** Done, but some files could not be read or written. */
  | 'incomplete'
  /** Something is damaged. */
  | 'unsound'
  /** Something has to be mended before all works. */
  | 'not-ready'
  /** A change failed and was taken back: everything is as before. */
  | 'reverted'
  /** A change is made, and somebody has to confirm it. */
  | 'waiting'
  /** Neither as before nor as it should be. */
  | 'inconsistent';

export interface CommandContext {
  readonly operands: readonly string[];
  readonly options: OptionValues;
  readonly output: Output;
  readonly interruption: Interruption;
}

export type Command = (context: CommandContext) => Promise<Outcome>;
