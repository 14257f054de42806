// Goes through a JSON text once, in order, and tells what it meets to one who makes something of it. Comments and trailing commas
// are passed over unless it is to be strict.
import { type ParseErrorCode, type ParseOptions, printParseErrorCode, visit } from 'jsonc-parser';
import type { ParseProblem } from '../config-format.js';
import { positionOf } from '../text-edit.js';

export type JsonKind = 'mapping' | 'list';

export interface JsonListener {
  open(kind: JsonKind, start: number): void;
  name(name: string, start: number): void;
  /** What parts the name from its value ends at `after`. */
  colon(after: number): void;
  /** `value` is the string, or `undefined` for anything else. */
  scalar(value: string | undefined, start: number, end: number): void;
  close(end: number): void;
}

/** The parser calls itself for each level. */
const MOST_LEVELS = 200;
const LENIENT: ParseOptions = { disallowComments: false, allowTrailingComma: true };
const STRICT: ParseOptions = { disallowComments: true, allowTrailingComma: false };

/** What is wrong with the text; what was told until then is of no use. */
export function visitJson(text: string, listener: JsonListener, isStrict = false): ParseProblem | undefined {
  const names: Names[] = [];
  const end = (offset: number, kind: ParseProblem['kind'], message: string): never => {
    throw new VisitEnded({ ...positionOf(text, offset), kind, message });
  };
  const open = (kind: JsonKind, offset: number) => {
    if (names.length === MOST_LEVELS) end(offset, 'limit', `it nests more than ${MOST_LEVELS} levels deep`);
    names.push(new Names());
    listener.open(kind, offset);
  };
  const close = (offset: number, length: number) => {
    names.pop();
    listener.close(offset + length);
  };
  const visitor = {
    onObjectBegin: (offset: number) => open('mapping', offset),
    onArrayBegin: (offset: number) => open('list', offset),
    onObjectEnd: close,
    onArrayEnd: close,
    onObjectProperty(name: string, offset: number) {
      const isNew = names[names.length - 1].add(name);
      if (!isNew) end(offset, 'ambiguous', `the name ${JSON.stringify(name)} stands here a second time`);
      listener.name(name, offset);
    },
    onSeparator(character: string, offset: number) {
      if (character === ':') listener.colon(offset + 1);
    },
    onLiteralValue(value: unknown, offset: number, length: number) {
      listener.scalar(typeof value === 'string' ? value : undefined, offset, offset + length);
    },
    onError: (error: ParseErrorCode, offset: number) => end(offset, 'syntax', describe(error)),
  };
  try {
    visit(text, visitor, isStrict ? STRICT : LENIENT);
  } catch (error) {
    if (error instanceof VisitEnded) return error.problem;
    throw error;
  }
  return undefined;
}

/** Ends a visit that has seen enough. */
class VisitEnded extends Error {
  constructor(readonly problem: ParseProblem) {
    super(problem.message);
  }
}

/** Names that are looked through one by one. */
const FEW = 8;

/** The names of one mapping; a set of their own have only those with many. */
class Names {
  private readonly few: string[] = [];
  private many: Set<string> | undefined;

  /** Whether it is a new one. */
  add(name: string): boolean {
    const { few, many } = this;
    if (many !== undefined) {
      const before = many.size;
      return many.add(name).size > before;
    }
    if (few.includes(name)) return false;
    if (few.push(name) > FEW) this.many = new Set(few);
    return true;
  }
}

/** `PropertyNameExpected`, in words. */
function describe(error: ParseErrorCode): string {
  return printParseErrorCode(error)
    .replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .toLowerCase();
}
