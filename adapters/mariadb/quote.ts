// Names and values as SQL has them, for sessions whose sql_mode is ours.

/** A name, in backticks. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

export function quoteNames(names: readonly string[]): string {
  return names.map(quoteName).join(', ');
}

/** A table or the like, with its database. */
export function quoteQualified(database: string, name: string): string {
  return `${quoteName(database)}.${quoteName(name)}`;
}

/** A text, in apostrophes. */
export function quoteText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`;
}

export function quoteTexts(texts: readonly string[]): string {
  return texts.map(quoteText).join(', ');
}

/** An account: `'user'@'host'`; a role has no host. */
export function quoteAccount({
  user,
  host,
}: {
  readonly user: string;
  readonly host: string | null;
}): string {
  return host === null ? quoteName(user) : `${quoteName(user)}@${quoteName(host)}`;
}
