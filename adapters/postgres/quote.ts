// Names and values as SQL has them, in ASCII alone: so a statement means the same whatever the session's encoding is.

/** A name, in quotation marks. */
export function quoteName(name: string): string {
  const plain = `"${name.replaceAll('"', '""')}"`;
  return isAscii(name) ? plain : `U&${escapeUnicode(plain)}`;
}

export function quoteNames(names: readonly string[]): string {
  return names.map(quoteName).join(', ');
}

/** A table or the like, with its schema. */
export function quoteQualified({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${quoteName(schema)}.${quoteName(name)}`;
}

/** A text, in apostrophes. */
export function quoteText(text: string): string {
  const plain = `'${text.replaceAll("'", "''")}'`;
  return isAscii(text) ? plain : `U&${escapeUnicode(plain)}`;
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 126) return false;
  return true;
}

function escapeUnicode(text: string): string {
  return [...text]
    .map((character) => {
      if (character === '\\') return '\\\\';
      const code = character.codePointAt(0) as number;
      return code > 126 ? `\\+${code.toString(16).padStart(6, '0')}` : character;
    })
    .join('');
}
