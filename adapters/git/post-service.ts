// A request to one of git's services over HTTP, whose body and answer are streams.
// Source: gitprotocol-http(5).
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { Readable } from 'node:stream';
import { authorization, type GitRemote } from './git-remote.js';
import { statusError } from './remote-error.js';

export interface ServiceRequest {
  readonly service: 'git-upload-pack' | 'git-receive-pack';
  readonly head: Buffer;
  /** A file that follows it. */
  readonly file?: string | undefined;
  readonly onProgress?: ((sent: { readonly bytes: number; readonly totalBytes: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const PIECE_BYTES = 1 << 20;
/** How long a server may say nothing: it looks for what is wanted, or checks what came, before it answers. */
const SILENCE_MS = 10 * 60_000;

/** What `take` makes of the answer. Throws as `statusError` where it is no success, and what the network throws. */
export async function postService<T>(
  remote: GitRemote,
  { service, head, file, onProgress, signal }: ServiceRequest,
  take: (answer: IncomingMessage) => Promise<T>,
): Promise<T> {
  const url = new URL(`${remote.url}/${service}`);
  const totalBytes = head.length + (file === undefined ? 0 : (await stat(file)).size);
  const request = (url.protocol === 'https:' ? requestSecure : requestPlain)(url, {
    method: 'POST',
    ...(signal === undefined ? {} : { signal }),
    headers: {
      ...authorization(remote),
      'content-type': `application/x-${service}-request`,
      accept: `application/x-${service}-result`,
      'content-length': totalBytes,
      'user-agent': 'git/savepoint',
    },
  });
  request.setTimeout(SILENCE_MS, () => request.destroy(new Error('Request timed out')));
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
  });
  const content = Readable.from(bodyOf(head, file), { objectMode: false });
  let bytes = 0;
  content.on('data', (piece: Uint8Array) => {
    bytes += piece.length;
    onProgress?.({ bytes, totalBytes });
  });
  content.once('error', (error) => request.destroy(error));
  content.pipe(request);
  try {
    const answer = await answered;
    if (answer.statusCode !== 200) throw statusError(remote, answer.statusCode ?? 0);
    return await take(answer);
  } finally {
    content.destroy();
    request.destroy();
  }
}

async function* bodyOf(head: Buffer, file: string | undefined): AsyncGenerator<Buffer> {
  yield head;
  if (file !== undefined) yield* createReadStream(file, { highWaterMark: PIECE_BYTES });
}
