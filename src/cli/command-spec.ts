// How a command is described: one description from which parsing, help and completion are derived.

export type OperandKind = 'point' | 'point-or-live' | 'path' | 'directory' | 'command' | 'shell' | 'text';

/** A word that is no flag. */
export interface OperandSpec {
  /** As it stands in the help: POINT, PATH. */
  readonly name: string;
  readonly kind: OperandKind;
  readonly optional?: boolean;
  /** Whether any number may follow; only the last operand may say so. */
  readonly repeated?: boolean;
}

export interface OptionSpec {
  /** Without dashes. */
  readonly name: string;
  readonly letter?: string;
  /** What its value is called in the help; a flag without one takes none. */
  readonly value?: string;
  /** Whether the flag may stand without its value, which follows an equals sign, or a letter where it is a number: `--name=VALUE`, `-n90`. */
  readonly attached?: true;
  /** What completes the value; `text` where this is missing. */
  readonly kind?: OperandKind;
  readonly choices?: readonly string[];
  readonly repeated?: boolean;
  /** At most one of the flags of a group may be given. */
  readonly group?: string;
  readonly help: string;
}

export interface CommandSpec {
  readonly name: string;
  /** A line for the list of commands. */
  readonly summary: string;
  readonly description: string;
  readonly operands: readonly OperandSpec[];
  readonly options: readonly OptionSpec[];
  readonly examples: readonly string[];
}
