// The properties that a resource has: a value each, or none. All follow from the point; nobody can change them.
import type { TreeView, ViewNode } from '../view/tree-view.js';
import { contentTypeOf } from './content-type.js';
import { DAV, type PropertyName } from './read-propfind.js';
import type { Resource } from './resources.js';
import { escapeMarkup } from './xml.js';

/** What a property is told from. */
export interface Described {
  readonly view: TreeView;
  readonly resource: Resource;
  /** Under which it was found; '' for the root. */
  readonly name: string;
}

export interface LiveProperty extends PropertyName {
  /** As it stands in XML; `undefined` where the resource does not have it. */
  readonly read: (described: Described) => string | undefined;
}

export const LIVE_PROPERTIES: readonly LiveProperty[] = [
  {
    ...{ namespace: DAV, name: 'resourcetype' },
    read: ({ resource }) => (resource.isCollection ? '<D:collection/>' : ''),
  },
  { ...{ namespace: DAV, name: 'displayname' }, read: ({ name }) => escapeMarkup(name) },
  {
    ...{ namespace: DAV, name: 'getlastmodified' },
    read: ({ resource }) => lastModifiedOf(resource.node),
  },
  {
    ...{ namespace: DAV, name: 'getcontentlength' },
    read: ofFile(({ view, resource }) => String(view.sizeBytes(resource.node))),
  },
  {
    ...{ namespace: DAV, name: 'getetag' },
    read: ofFile(({ resource }) => escapeMarkup(etagOf(resource.node))),
  },
  { ...{ namespace: DAV, name: 'getcontenttype' }, read: ofFile(({ name }) => contentTypeOf(name)) },
  { ...{ namespace: DAV, name: 'supportedlock' }, read: () => '' },
  // What mod_dav made known, and davfs2 asks for.
  {
    ...{ namespace: 'http://apache.org/dav/props/', name: 'executable' },
    read: ofFile(({ resource }) => ((resource.node.attributes.mode & 0o111) === 0 ? 'F' : 'T')),
  },
];

/** The id of the content: equal content has equal ETags, and no other has. */
export function etagOf({ id }: ViewNode): string {
  return `"${id ?? ''}"`;
}

/** When a file was modified, as the header says it. */
export function lastModifiedOf(node: ViewNode): string {
  return modifiedAt(node).toUTCString();
}

/** The years 0 to 9999: what HTTP can say; a file's time may be any. */
const FIRST_SECOND = -62_167_219_200;
const LAST_SECOND = 253_402_300_799;

/** The nearest time to that of a file that can be told. */
export function modifiedAt({ attributes }: ViewNode): Date {
  const { modifiedSeconds } = attributes;
  return new Date(Math.min(LAST_SECOND, Math.max(FIRST_SECOND, modifiedSeconds)) * 1000);
}

function ofFile(read: LiveProperty['read']): LiveProperty['read'] {
  return (described) => (described.resource.isCollection ? undefined : read(described));
}
