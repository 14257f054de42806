// Where the documents of a component of kind `sqlite` stand: a database's path without its first slash is theirs, too.

export const databasesPrefix = 'state/databases';

const RECORD = 'database.json';

export function documentPaths(database: string) {
  const path = encodePath(database);
  const root = `${databasesPrefix}/${path}`;
  return {
    root,
    /** What the file is like, besides its content. */
    record: `${root}/${RECORD}`,
    /** A copy by the backup API. */
    content: `${root}/content`,
    tables: `${root}/tables.json`,
    /** In place of the content, the bytes of files that are no sound database. */
    damaged: { '': `${root}/damaged`, '-wal': `${root}/damaged-wal`, '-journal': `${root}/damaged-journal` },
    /** When it was captured, and where its counters were. */
    instant: `observed/databases/${path}/instant.json`,
  };
}

/** The paths of documents, by the database that they are of. */
export function databaseOf(document: string): string | undefined {
  if (!document.startsWith(`${databasesPrefix}/`)) return undefined;
  const names = document.slice(databasesPrefix.length + 1).split('/');
  return `/${names.slice(0, -1).map(decodeName).join('/')}`;
}

export function isRecord(document: string): boolean {
  return document.endsWith(`/${RECORD}`);
}

function encodePath(path: string): string {
  return path
    .slice(1)
    .split('/')
    .map((name) => name.replaceAll(/[%\u0000-\u001f]/g, encodeCharacter))
    .join('/');
}

function encodeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function decodeName(name: string): string {
  return name.replaceAll(/%([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}
