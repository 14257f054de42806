// GET and HEAD: a file, whole or a part of it, read as fast as it is taken; a directory as a page for browsers.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TreeView, ViewNode } from '../view/tree-view.js';
import { type ByteRange, parseByteRange } from './byte-range.js';
import { collectionPage, PAGE_POLICY } from './collection-page.js';
import { contentTypeOf, PLAIN_TEXT } from './content-type.js';
import { etagOf, lastModifiedOf } from './live-properties.js';
import { allowsRange, isUnchanged } from './preconditions.js';
import { RefusedRequest } from './refused-request.js';
import { encodePath, type RequestPath } from './request-path.js';
import type { Resource, Resources } from './resources.js';
import { begun, gathered, sendPieces } from './send-pieces.js';

/** What is read at once. */
const PIECE_BYTES = 512 << 10;
/** A file shows itself, and does nothing. */
const FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

export interface Answering {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly resources: Resources;
  readonly path: RequestPath;
}

/** Throws RefusedRequest, and what reading objects throws. */
export async function answerGet(answering: Answering, resource: Resource): Promise<void> {
  if (resource.isCollection) await answerCollection(answering, resource);
  else await answerFile(answering, resource.node);
}

async function answerCollection(
  { request, response, resources, path }: Answering,
  resource: Resource,
): Promise<void> {
  if (!path.endsWithSlash) {
    // Relative links on the page would lead elsewhere.
    response.writeHead(301, { Location: encodePath(path.names, true) }).end();
    return;
  }
  const pieces = begun(gathered(collectionPage(resources, resource, path.names)));
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': PAGE_POLICY,
    'Cache-Control': 'no-cache',
  });
  if (request.method === 'HEAD') response.end();
  else await sendPieces(response, pieces);
}

async function answerFile({ request, response, resources, path }: Answering, node: ViewNode): Promise<void> {
  const { view } = resources;
  const validators = { etag: etagOf(node), lastModified: lastModifiedOf(node) };
  const headers = {
    ...{ ETag: validators.etag, 'Last-Modified': validators.lastModified, 'Accept-Ranges': 'bytes' },
    ...{ 'Cache-Control': 'no-cache', 'Content-Security-Policy': FILE_POLICY },
  };
  if (isUnchanged(request.headers, validators)) {
    response.writeHead(304, headers).end();
    return;
  }
  const sizeBytes = view.sizeBytes(node);
  const asked = request.method === 'GET' && allowsRange(request.headers, validators);
  const range = asked ? parseByteRange(request.headers.range, sizeBytes) : undefined;
  const { offset, lengthBytes } = range ?? { offset: 0, lengthBytes: sizeBytes };
  // What can't be read is found out before success is promised.
  const pieces = request.method === 'HEAD' ? undefined : begun(piecesOf(view, node, { offset, lengthBytes }));
  const end = offset + lengthBytes - 1;
  response.writeHead(range === undefined ? 200 : 206, {
    ...headers,
    'Content-Type': path.query === 'text' ? PLAIN_TEXT : contentTypeOf(path.names.at(-1) ?? ''),
    'Content-Length': lengthBytes,
    ...(range === undefined ? {} : { 'Content-Range': `bytes ${offset}-${end}/${sizeBytes}` }),
  });
  if (pieces === undefined) response.end();
  else await sendPieces(response, pieces);
}

function* piecesOf(
  view: TreeView,
  node: ViewNode,
  { offset, lengthBytes }: ByteRange,
): Generator<Uint8Array> {
  for (let at = offset, left = lengthBytes; left > 0; ) {
    const piece = view.read(node, { offset: at, lengthBytes: Math.min(left, PIECE_BYTES) });
    if (piece.length === 0) throw new RefusedRequest(500, 'The file has fewer bytes than it should have.');
    yield piece;
    at += piece.length;
    left -= piece.length;
  }
}
