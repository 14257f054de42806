// Reads the body of a PROPFIND (RFC 4918, section 9.1): which properties are asked for. Entities are not expanded, and
// nothing outside of the body is ever looked at.
import sax, { type QualifiedTag } from 'sax';
import { RefusedRequest } from './refused-request.js';

export const DAV = 'DAV:';

export interface PropertyName {
  readonly namespace: string;
  readonly name: string;
}

export type PropertyQuery =
  | { readonly kind: 'all' }
  | { readonly kind: 'names' }
  | { readonly kind: 'some'; readonly properties: readonly PropertyName[] };

const MOST_PROPERTIES = 200;

/** Throws RefusedRequest, 400, where the body is not XML, or not of a PROPFIND. */
export function readPropfind(body: Uint8Array): PropertyQuery {
  if (body.length === 0) return { kind: 'all' };
  const reader = new PropfindReader();
  const parser = sax.parser(true, { xmlns: true });
  parser.onopentag = (tag) => reader.open(tag as QualifiedTag);
  parser.onclosetag = () => reader.close();
  parser.onerror = (error) => {
    throw refuse(error.message.split('\n')[0]);
  };
  parser.write(decode(body)).close();
  return reader.query();
}

class PropfindReader {
  private depth = 0;
  private found: PropertyQuery['kind'] | undefined;
  private readonly properties: PropertyName[] = [];
  private isInProperties = false;

  open({ uri, local }: QualifiedTag): void {
    const depth = this.depth++;
    if (depth === 0 && (uri !== DAV || local !== 'propfind')) throw refuse(`'${local}' is no propfind`);
    if (depth === 1) this.openChoice(uri, local);
    if (depth !== 2 || !this.isInProperties) return;
    this.properties.push({ namespace: uri, name: local });
    if (this.properties.length > MOST_PROPERTIES)
      throw refuse(`it asks for more than ${MOST_PROPERTIES} properties`);
  }

  close(): void {
    this.depth--;
  }

  query(): PropertyQuery {
    if (this.found === undefined) throw refuse('it asks for nothing: allprop, propname or prop is missing');
    return this.found === 'some' ? { kind: 'some', properties: this.properties } : { kind: this.found };
  }

  private openChoice(uri: string, local: string): void {
    this.isInProperties = uri === DAV && local === 'prop';
    const kinds = { allprop: 'all', propname: 'names', prop: 'some' } as const;
    if (uri === DAV && Object.hasOwn(kinds, local)) this.found ??= kinds[local as keyof typeof kinds];
  }
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (error) {
    if (error instanceof TypeError) throw refuse('it is not UTF-8');
    throw error;
  }
}

function refuse(what: string): RefusedRequest {
  return new RefusedRequest(400, `The body of the PROPFIND can't be used: ${what}.`);
}
