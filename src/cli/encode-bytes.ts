// Text in which bytes that are not UTF-8 stand as lone surrogates (U+DC80..DCFF), as bytes again.
// Source: PEP 383, "surrogateescape".

const ESCAPED = /[\udc80-\udcff]/u;

export function encodeBytes(text: string): Uint8Array {
  if (!ESCAPED.test(text)) return Buffer.from(text);
  const parts = text.split(/([\udc80-\udcff]+)/u).map((part, index) => {
    if (index % 2 === 0) return Buffer.from(part);
    return Buffer.from([...part].map((character) => character.charCodeAt(0) - 0xdc00));
  });
  return Buffer.concat(parts);
}
