// A tree that is saved and served, and requests as they stand on the wire: no client mends their paths.
import { type IncomingHttpHeaders, request } from 'node:http';
import { onTestFinished } from 'vitest';
import {
  type PointServer,
  type ServeOptions,
  type ServeProblem,
  serveWebdav,
} from '#src/webdav/serve-webdav.js';
import type { SavedTree } from '../../fixtures/saved-tree.js';

export interface ServedTree extends PointServer {
  readonly problems: readonly ServeProblem[];
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>;
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export async function serve(tree: SavedTree, options: ServeOptions = {}): Promise<ServedTree> {
  const problems: ServeProblem[] = [];
  const onProblem = (problem: ServeProblem) => problems.push(problem);
  const server = await serveWebdav(tree.session, { port: 0, onProblem, ...options });
  onTestFinished(() => server.close({ graceMs: 0 }));
  return { ...server, problems, ask: (method, path, asked) => ask(server, { method, path, ...asked }) };
}

function ask(
  { address, port }: PointServer,
  { method, path, headers = {}, body = '' }: AskOptions & { readonly method: string; readonly path: string },
): Promise<Answer> {
  const length = body.length === 0 ? {} : { 'Content-Length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: address, port, method, path, headers: { ...length, ...headers }, agent: false },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () => {
          const all = Buffer.concat(pieces);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            ...{ body: all, text: all.toString() },
          });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
