// Writes what PROPFIND answers (RFC 4918, section 13), a piece of XML a resource.
import { type Described, LIVE_PROPERTIES, type LiveProperty } from './live-properties.js';
import { DAV, type PropertyName, type PropertyQuery } from './read-propfind.js';
import { escapeMarkup } from './xml.js';

export interface Answered extends Described {
  /** The path of its URL. */
  readonly href: string;
}

export function* multistatus(query: PropertyQuery, resources: Iterable<Answered>): Generator<string> {
  const choice = choose(query);
  yield '<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:">\n';
  for (const resource of resources) yield describe(choice, resource);
  yield '</D:multistatus>\n';
}

interface Choice {
  readonly known: readonly LiveProperty[];
  readonly unknown: readonly PropertyName[];
  readonly onlyNames: boolean;
  /** Whether to say which properties a resource does not have. */
  readonly saysMissing: boolean;
}

function choose(query: PropertyQuery): Choice {
  if (query.kind !== 'some') {
    const onlyNames = query.kind === 'names';
    return { known: LIVE_PROPERTIES, unknown: [], onlyNames, saysMissing: false };
  }
  const isAsked = (property: PropertyName) => query.properties.some((asked) => isSame(asked, property));
  const isKnown = (asked: PropertyName) => LIVE_PROPERTIES.some((property) => isSame(asked, property));
  return {
    known: LIVE_PROPERTIES.filter(isAsked),
    unknown: query.properties.filter((asked) => !isKnown(asked)),
    ...{ onlyNames: false, saysMissing: true },
  };
}

function describe({ known, unknown, onlyNames, saysMissing }: Choice, resource: Answered): string {
  let found = '';
  let missing = unknown.map((name) => element(name)).join('');
  for (const property of known) {
    const value = property.read(resource);
    if (value === undefined) missing += element(property);
    else found += element(property, onlyNames ? '' : value);
  }
  const statuses = [
    ...(found === '' && missing !== '' && saysMissing ? [] : [propertiesOf(found, '200 OK')]),
    ...(missing === '' || !saysMissing ? [] : [propertiesOf(missing, '404 Not Found')]),
  ];
  return `<D:response><D:href>${resource.href}</D:href>${statuses.join('')}</D:response>\n`;
}

function propertiesOf(elements: string, status: string): string {
  return `<D:propstat><D:prop>${elements}</D:prop><D:status>HTTP/1.1 ${status}</D:status></D:propstat>`;
}

function element({ namespace, name }: PropertyName, value = ''): string {
  const [tag, declaration] =
    namespace === DAV ? [`D:${name}`, ''] : [name, ` xmlns="${escapeMarkup(namespace)}"`];
  return value === '' ? `<${tag}${declaration}/>` : `<${tag}${declaration}>${value}</${tag}>`;
}

function isSame(left: PropertyName, right: PropertyName): boolean {
  return left.name === right.name && left.namespace === right.namespace;
}
