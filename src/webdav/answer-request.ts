// Answers one request: who asks, how, and for what. All answers that are not the content itself are made here.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isSavepointError } from '../../store/errors.js';
import type { Admission } from './admission.js';
import { type Answering, answerGet } from './answer-get.js';
import { answerPropfind } from './answer-propfind.js';
import { RefusedRequest } from './refused-request.js';
import { parseRequestPath } from './request-path.js';
import type { Resource, Resources } from './resources.js';
import { escapeMarkup } from './xml.js';

const METHODS = 'OPTIONS, GET, HEAD, PROPFIND';

/** What a file of the store that is damaged does to an answer. */
export interface ServeProblem {
  readonly method: string;
  /** As it stands in the request. */
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

export interface AnswerContext {
  readonly resources: Resources;
  readonly admit: Admission;
  /** Takes in what has changed. */
  readonly refresh: () => Promise<unknown>;
  readonly onProblem: (problem: ServeProblem) => void;
}

/** Rejects only where this program is wrong. */
export async function answerRequest(
  context: AnswerContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
    context.admit(request);
    await answer(context, request, response);
  } catch (error) {
    if (error instanceof RefusedRequest) refuse(request, response, error);
    else if (isSavepointError(error)) {
      // Nobody waits for it any more.
      if (response.destroyed && !response.headersSent) return;
      const { code, message } = error;
      context.onProblem({ method: request.method ?? '', path: request.url ?? '', code, message });
      refuse(request, response, new RefusedRequest(500, `${code}: ${message}`));
    } else {
      response.destroy();
      throw error;
    }
  }
}

async function answer(
  { resources, refresh }: AnswerContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = '', url = '' } = request;
  if (method === 'OPTIONS') {
    response.writeHead(200, { DAV: '1', Allow: METHODS, 'MS-Author-Via': 'DAV', 'Content-Length': 0 }).end();
    return;
  }
  const run = { GET: answerGet, HEAD: answerGet, PROPFIND: answerPropfind }[method];
  if (run === undefined) {
    // To clients, 405 says of a new directory that it is there already (RFC 4918, section 9.3.1).
    const status = method === 'MKCOL' ? 403 : 405;
    throw new RefusedRequest(status, 'What was saved is served for reading only.', {
      headers: { Allow: METHODS, Connection: 'close' },
    });
  }
  const path = parseRequestPath(url);
  await refresh();
  const answering: Answering = { request, response, resources, path };
  await run(answering, find(answering));
}

function find({ resources, path: { names, endsWithSlash } }: Answering): Resource {
  const resource = resources.find(names);
  if (resource !== undefined && (resource.isCollection || !endsWithSlash)) return resource;
  throw new RefusedRequest(404, 'Nothing is here.');
}

function refuse(request: IncomingMessage, response: ServerResponse, refused: RefusedRequest): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, message, headers, condition } = refused;
  const [type, body] =
    condition === undefined
      ? ['text/plain', `${message}\n`]
      : [
          'application/xml',
          `<?xml version="1.0" encoding="utf-8"?>\n<D:error xmlns:D="DAV:"><D:${condition}/><!-- ${escapeMarkup(message)} --></D:error>\n`,
        ];
  response.writeHead(status, {
    ...{ 'Content-Type': `${type}; charset=utf-8`, 'Content-Length': Buffer.byteLength(body), ...headers },
  });
  response.end(request.method === 'HEAD' ? '' : body);
  // What else it sends is not wanted: so much is taken that the answer arrives, and no more.
  if (!request.complete) discard(request);
}

const MOST_DISCARDED_BYTES = 1 << 20;

function discard(request: IncomingMessage): void {
  let left = MOST_DISCARDED_BYTES;
  request.on('data', (piece: Buffer) => {
    left -= piece.length;
    if (left < 0) request.destroy();
  });
}
