// The format that a dialect of lines makes: nothing in it is ever a mistake.
import type { ConfigFormat, FormatName } from '../config-format.js';
import { type LineDialect, readLines } from '../line-dialect.js';
import { copyInStatements } from '../statement-copy.js';
import { listStatements } from '../statements.js';

export function lineFormat(name: FormatName, dialect: LineDialect): ConfigFormat {
  return {
    name,
    numbersRepeats: true,
    readKeys: (text) => ({ entries: listStatements(readLines(text, dialect)) }),
    copyKey: ({ from, to, path }) =>
      copyInStatements({
        from: from === undefined ? undefined : readLines(from, dialect),
        to: readLines(to, dialect),
        path,
      }),
  };
}
