// Values as COPY writes them in its text format (https://www.postgresql.org/docs/current/sql-copy.html).

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
};

export function decodeValue(value: string): string | null {
  if (value === '\\N') return null;
  return value.includes('\\')
    ? value.replaceAll(/\\(.)/gs, (_, letter: string) => ESCAPES[letter] ?? letter)
    : value;
}

const SPECIAL: Readonly<Record<string, string>> = {
  ...{ '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v', '\\': '\\\\' },
};

export function encodeRow(row: readonly (string | null)[]): string {
  const values = row.map((value) =>
    value === null
      ? '\\N'
      : value.replaceAll(/[\b\f\n\r\t\v\\]/g, (character) => SPECIAL[character] as string),
  );
  return `${values.join('\t')}\n`;
}
