// Git commits and annotated tags, as git writes them, so that any git client shows a recovery point.
// Source: git's "Git Internals - Git Objects"; the layout of both is 'key value' lines, an empty line, the message.
import { isSavepointError, SavepointError } from '../errors.js';
import { type ObjectFormat, type ObjectId, type ObjectKind, parseObjectId } from '../object-id.js';
import { OBJECT_KINDS } from './object-header.js';

/** Who did it, and when; git's granularity is the second. */
export interface Identity {
  readonly name: string;
  readonly email: string;
  readonly timeSeconds: number;
}

export interface Commit {
  readonly tree: ObjectId;
  readonly parents: readonly ObjectId[];
  readonly author: Identity;
  readonly message: string;
}

export interface Tag {
  readonly object: ObjectId;
  readonly kind: ObjectKind;
  readonly name: string;
  readonly tagger: Identity;
  readonly message: string;
}

/** The content of the commit object; author and committer are the same. */
export function encodeCommit(commit: Commit): Uint8Array {
  const lines = [`tree ${commit.tree}`, ...commit.parents.map((parent) => `parent ${parent}`)];
  lines.push(`author ${identityText(commit.author)}`, `committer ${identityText(commit.author)}`);
  return new TextEncoder().encode(`${lines.join('\n')}\n\n${terminated(commit.message)}`);
}

/** What a commit object's content says. Throws OBJECT_CORRUPT where it isn't one. */
export function parseCommit(content: Uint8Array, format: ObjectFormat): Commit {
  const { headers, message } = splitHeaders(content, 'commit');
  return {
    tree: parseId(oneHeader(headers, 'commit', 'tree'), { kind: 'commit', field: 'tree', format }),
    parents: headers
      .filter(([key]) => key === 'parent')
      .map(([, value]) => parseId(value, { kind: 'commit', field: 'parent', format })),
    author: parseIdentity(oneHeader(headers, 'commit', 'author'), { kind: 'commit', field: 'author' }),
    message,
  };
}

/** The content of the annotated tag object. */
export function encodeTag(tag: Tag): Uint8Array {
  const lines = [
    `object ${tag.object}`,
    `type ${tag.kind}`,
    `tag ${tag.name}`,
    `tagger ${identityText(tag.tagger)}`,
  ];
  return new TextEncoder().encode(`${lines.join('\n')}\n\n${terminated(tag.message)}`);
}

/** What a tag object's content says. Throws OBJECT_CORRUPT where it isn't one. */
export function parseTag(content: Uint8Array, format: ObjectFormat): Tag {
  const { headers, message } = splitHeaders(content, 'tag');
  const kind = OBJECT_KINDS.find((known) => known === oneHeader(headers, 'tag', 'type'));
  if (kind === undefined) throw malformed('tag', 'type');
  return {
    object: parseId(oneHeader(headers, 'tag', 'object'), { kind: 'tag', field: 'object', format }),
    kind,
    name: oneHeader(headers, 'tag', 'tag'),
    tagger: parseIdentity(oneHeader(headers, 'tag', 'tagger'), { kind: 'tag', field: 'tagger' }),
    message,
  };
}

function identityText(identity: Identity): string {
  const clean = (text: string) => text.replace(/[<>\n\0]/g, '').trim() || 'unknown';
  return `${clean(identity.name)} <${clean(identity.email)}> ${identity.timeSeconds} +0000`;
}

function parseId(text: string, place: { kind: ObjectKind; field: string; format: ObjectFormat }): ObjectId {
  try {
    return parseObjectId(text, place.format);
  } catch (error) {
    if (!isSavepointError(error, 'INVALID_NAME')) throw error;
    throw malformed(place.kind, place.field);
  }
}

function parseIdentity(text: string, place: { kind: ObjectKind; field: string }): Identity {
  const match = /^(.*) <(.*)> (-?\d+) [+-]\d{4}$/s.exec(text);
  if (match === null) throw malformed(place.kind, place.field);
  return { name: match[1], email: match[2], timeSeconds: Number(match[3]) };
}

function terminated(message: string): string {
  return message.endsWith('\n') ? message : `${message}\n`;
}

type Headers = (readonly [key: string, value: string])[];

function splitHeaders(content: Uint8Array, kind: ObjectKind): { headers: Headers; message: string } {
  const text = new TextDecoder().decode(content);
  const end = text.indexOf('\n\n');
  if (end < 0) throw malformed(kind, 'message');
  const headers = text
    .slice(0, end)
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)] as const);
  return { headers, message: text.slice(end + 2) };
}

function oneHeader(headers: Headers, kind: ObjectKind, key: string): string {
  const found = headers.find(([name]) => name === key);
  if (found === undefined) throw malformed(kind, key);
  return found[1];
}

function malformed(kind: ObjectKind, field: string): SavepointError {
  return new SavepointError(
    'OBJECT_CORRUPT',
    `A ${kind} object is malformed: its '${field}' is missing or wrong.`,
    {
      fields: { kind, field },
    },
  );
}
