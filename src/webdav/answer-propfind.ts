// PROPFIND: what a resource is, and of a directory what is in it. Not all below it: that may be a whole host, so often as
// it has points.
import type { IncomingMessage } from 'node:http';
import type { Answering } from './answer-get.js';
import { type Answered, multistatus } from './multistatus.js';
import { readPropfind } from './read-propfind.js';
import { RefusedRequest } from './refused-request.js';
import { encodePath } from './request-path.js';
import type { Resource } from './resources.js';
import { begun, gathered, sendPieces } from './send-pieces.js';

const MOST_BODY_BYTES = 16 << 10;
/** What the root is called. */
const ROOT_NAME = 'savepoint';

/** Throws RefusedRequest, and what reading objects throws. */
export async function answerPropfind(answering: Answering, resource: Resource): Promise<void> {
  const { request, response } = answering;
  const depth = request.headers['depth'];
  if (depth !== '0' && depth !== '1') {
    throw new RefusedRequest(403, 'Ask for Depth 0 or 1: all that is below is too much at once.', {
      condition: 'propfind-finite-depth',
    });
  }
  const query = readPropfind(await readBody(answering));
  // What can't be read is found out, as a rule, before success is promised.
  const pieces = begun(gathered(multistatus(query, answered(answering, resource, depth === '1'))));
  response.writeHead(207, { 'Content-Type': 'application/xml; charset=utf-8', 'Cache-Control': 'no-cache' });
  await sendPieces(response, pieces);
}

function* answered(
  { resources, path: { names } }: Answering,
  resource: Resource,
  withMembers: boolean,
): Generator<Answered> {
  const { view } = resources;
  const href = encodePath(names, resource.isCollection);
  yield { view, resource, name: names.at(-1) ?? ROOT_NAME, href };
  if (!withMembers || !resource.isCollection) return;
  for (const member of resources.members(resource)) {
    const { name, isCollection } = member;
    yield { view, resource: member, name, href: href + encodePath([name], isCollection).slice(1) };
  }
}

async function readBody({ request, response }: Answering): Promise<Buffer> {
  if (asksToContinue(request)) response.writeContinue();
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  // Whoever is refused is to be told.
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    sizeBytes += piece.length;
    if (sizeBytes > MOST_BODY_BYTES) {
      throw new RefusedRequest(413, `The body of a PROPFIND has at most ${MOST_BODY_BYTES} bytes.`, {
        headers: { Connection: 'close' },
      });
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function asksToContinue(request: IncomingMessage): boolean {
  return request.headers.expect?.toLowerCase() === '100-continue';
}
