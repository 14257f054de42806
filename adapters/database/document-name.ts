// Names of a server's objects as names of documents, and back.

/** No slash, and neither '.' nor '..'. */
export function encodeName(name: string): string {
  const encoded = name.replaceAll(/[%/\u0000-\u001f]/g, (character) => encodeByte(character.charCodeAt(0)));
  return encoded === '.' || encoded === '..' ? encoded.replaceAll('.', '%2E') : encoded;
}

function encodeByte(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

export function decodeName(name: string): string {
  return name.replaceAll(/%([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}
