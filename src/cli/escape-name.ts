// Makes names and texts safe to print: a terminal never gets a control character, nor a byte that is not UTF-8.
// Source: git's quoting of paths (core.quotePath=false); text that reorders what is shown is escaped as well.

/** Control characters, escaped bytes (U+DC80..DCFF) and other lone surrogates, and marks that change the direction of text. */
const UNSAFE = /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;
const NEEDS_QUOTES = /["\\]|[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;

const LETTERS: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
};

const encoder = new TextEncoder();

/** A path or name as git prints it: as it is, or in double quotes with C escapes where it holds anything unusual. */
export function escapeName(name: string): string {
  if (!NEEDS_QUOTES.test(name)) return name;
  return `"${name.replace(/["\\]/g, '\\$&').replace(UNSAFE, escapeCharacter)}"`;
}

/** Free text: as it is, with what is unsafe to print escaped. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, escapeCharacter);
}

/** As `escapeText`, keeping line ends and tabs. */
export function escapeLines(text: string): string {
  return text.replace(UNSAFE, (character) =>
    /[\n\t]/.test(character) ? character : escapeCharacter(character),
  );
}

function escapeCharacter(character: string): string {
  const letter = LETTERS[character];
  if (letter !== undefined) return letter;
  const code = character.charCodeAt(0);
  const bytes = code >= 0xdc80 && code <= 0xdcff ? [code - 0xdc00] : [...encoder.encode(character)];
  return bytes.map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
