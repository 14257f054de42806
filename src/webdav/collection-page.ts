// A directory as a page for browsers: no script, nothing loaded, and every name escaped.
import type { TreeView } from '../view/tree-view.js';
import { contentTypeOf, PLAIN_TEXT } from './content-type.js';
import { modifiedAt } from './live-properties.js';
import { encodePath, encodeSegment } from './request-path.js';
import type { Member, Resource, Resources } from './resources.js';
import { escapeMarkup } from './xml.js';

/** What the page may do. */
export const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-downloads";

const STYLE =
  'body{font:14px/1.5 system-ui,sans-serif;margin:2em}table{border-collapse:collapse}td,th{padding:0 1.5em 0 0;text-align:left}td:nth-child(2){text-align:right;font-variant-numeric:tabular-nums}a{text-decoration:none}';

/** `names` are those that the directory was asked for by. */
export function* collectionPage(
  resources: Resources,
  resource: Resource,
  names: readonly string[],
): Generator<string> {
  const title = bdi(`/${names.join('/')}`);
  yield `<!doctype html>\n<html><head><meta charset="utf-8"><title>${escapeMarkup(`/${names.join('/')}`)}</title><style>${STYLE}</style></head>\n`;
  yield `<body><h1>${title}</h1>\n<table><tr><th>Name</th><th>Size</th><th>Modified</th><th></th></tr>\n`;
  if (names.length > 0) yield '<tr><td><a href="../">../</a></td><td></td><td></td><td></td></tr>\n';
  for (const member of resources.members(resource)) yield row(resources.view, member);
  for (const member of resources.linkedDirectories(resource)) {
    const href = encodePath(member.node.path.split('/'), true);
    yield `<tr><td>${bdi(member.name)} → <a href="${href}">${bdi(`/${member.node.path}/`)}</a></td><td></td><td></td><td></td></tr>\n`;
  }
  yield '</table></body></html>\n';
}

function row(view: TreeView, { name, node, isCollection }: Member): string {
  const href = encodeSegment(name) + (isCollection ? '/' : '');
  // A first segment with a colon would be a scheme.
  const link = `<a href="./${href}">${bdi(name + (isCollection ? '/' : ''))}</a>`;
  const modified = modifiedAt(node).toISOString().slice(0, 19).replace('T', ' ');
  const size = isCollection ? '' : String(view.sizeBytes(node));
  const isText = isCollection || contentTypeOf(name) === PLAIN_TEXT;
  const text = isText ? '' : `<a href="./${href}?text">as text</a>`;
  return `<tr><td>${link}</td><td>${size}</td><td>${modified}</td><td>${text}</td></tr>\n`;
}

/** In a place of its own, so that no name changes the direction of what is around it. */
function bdi(text: string): string {
  return `<bdi>${escapeMarkup(text)}</bdi>`;
}
