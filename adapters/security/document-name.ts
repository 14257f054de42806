// Names of accounts and profiles as names of documents, and back: whatever can't stand in a path is escaped.

/** `name` as one part of a path. */
export function documentName(name: string): string {
  return name.replaceAll(/[%/\0]|^\.+/g, (characters) =>
    [...characters]
      .map((each) => `%${each.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`)
      .join(''),
  );
}

/** What `documentName` was made from: of the last part of a document's path. */
export function nameOfDocument(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.json$/, '');
  return name.replaceAll(/%([0-9A-F]{2})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
