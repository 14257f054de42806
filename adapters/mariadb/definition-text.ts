// Definitions as a text that MariaDB's client can execute, and that can be read again: one statement each, behind a line that
// says what it is, between delimiters that none of them contains.

import { SavepointError } from '../../store/errors.js';
import { parseJson } from '../../store/parse-json.js';
import { quoteText } from './quote.js';

export type DefinitionKind =
  | 'table'
  | 'sequence'
  | 'function'
  | 'procedure'
  | 'package'
  | 'package body'
  | 'view'
  | 'trigger'
  | 'event';

export interface Definition {
  readonly kind: DefinitionKind;
  readonly name: string;
  /** Of a trigger. */
  readonly table?: string;
  /** What holds for the session that makes it. */
  readonly sqlMode?: string;
  readonly client?: string;
  readonly collation?: string;
  readonly timeZone?: string;
  /** Whether it refers to what is not there, and so can't be made. */
  readonly isBroken?: true;
  /** The statement that makes it; of a trigger what follows the name of its table. */
  readonly create: string;
}

export function encodeDefinitions(definitions: readonly Definition[]): Uint8Array {
  const longest = definitions
    .flatMap(({ create }) => create.match(/;+/g) ?? [])
    .reduce((most, run) => Math.max(most, run.length), 1);
  const end = `\n${';'.repeat(longest + 1)}\n`;
  const statements = definitions.flatMap((each) => {
    const { create: _, ...about } = each;
    const settings = sessionSettings(each);
    return [
      ...(settings === undefined ? [] : [settings]),
      `-- ${JSON.stringify(about)}\n${createStatement(each)}`,
    ];
  });
  return new TextEncoder().encode(
    `DELIMITER ${end.trim()}\n${statements.map((each) => each + end).join('')}`,
  );
}

/** What has to hold in the session that makes it. */
export function sessionSettings({ sqlMode, client, collation, timeZone }: Definition): string | undefined {
  const settings = [
    ...(sqlMode === undefined ? [] : [`sql_mode = ${quoteText(sqlMode)}`]),
    ...(client === undefined ? [] : [`character_set_client = ${quoteText(client)}`]),
    ...(collation === undefined ? [] : [`collation_connection = ${quoteText(collation)}`]),
    ...(timeZone === undefined ? [] : [`time_zone = ${quoteText(timeZone)}`]),
  ];
  return settings.length === 0 ? undefined : `SET ${settings.join(', ')}`;
}

/** A trigger may be made for a table that is called otherwise yet. */
export function createStatement({ kind, create, table }: Definition, called = table): string {
  if (kind !== 'trigger' || called === undefined) return create;
  return create.replace(TRIGGER_TABLE, () => `ON \`${called.replaceAll('`', '``')}\` FOR EACH ROW`);
}

/** In the statement that makes a trigger: its body stands behind. */
export const TRIGGER_TABLE = /ON `(?:[^`]|``)*` FOR EACH ROW/;

/** Throws OBJECT_CORRUPT. `path` is that of the document. */
export function parseDefinitions(content: Uint8Array, path: string): Definition[] {
  const text = new TextDecoder().decode(content);
  const [, delimiter] = /^DELIMITER (;+)\n/.exec(text) ?? [];
  if (delimiter === undefined) throw corrupt(path);
  const pieces = text.slice(text.indexOf('\n') + 1).split(`\n${delimiter}\n`);
  if (pieces.pop() !== '') throw corrupt(path);
  return pieces
    .filter((piece) => piece.startsWith('-- {'))
    .map((piece) => {
      const newline = piece.indexOf('\n');
      try {
        const about = parseJson(piece.slice('-- '.length, newline)) as Omit<Definition, 'create'>;
        return { ...about, create: piece.slice(newline + 1) };
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        throw corrupt(path);
      }
    });
}

function corrupt(path: string): SavepointError {
  return new SavepointError(
    'OBJECT_CORRUPT',
    `The document ${path} of a recovery point is no list of definitions; use another point.`,
    {
      fields: { path },
    },
  );
}
