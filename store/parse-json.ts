// Reads JSON with the names that it has. Some versions of V8 (Node 24.21 among them) give a name with an escape in it to another one
// than was written, where an object with like names was read before: so names with escapes are kept out of their sight.

const STRING = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/** Throws SyntaxError as JSON.parse does. */
export function parseJson<T>(text: string): T {
  if (!text.includes('\\')) return JSON.parse(text) as T;
  let mark = '@';
  while (text.includes(`"${mark}`)) mark += '@';
  const names: string[] = [];
  const plain = text.replace(STRING, (token: string, colon: string | undefined) => {
    if (colon === undefined || !token.includes('\\')) return token;
    names.push(JSON.parse(token.slice(0, token.length - colon.length)) as string);
    return `"${mark}${names.length - 1}"${colon}`;
  });
  const value: unknown = JSON.parse(plain);
  return (names.length === 0 ? value : rename(value, { mark, names })) as T;
}

function rename(value: unknown, by: { readonly mark: string; readonly names: readonly string[] }): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => rename(each, by));
  const { mark, names } = by;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name.startsWith(mark) ? (names[Number(name.slice(mark.length))] as string) : name,
      rename(each, by),
    ]),
  );
}
