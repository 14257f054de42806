// The server itself: listens, hands requests on, and comes to an end in which those under way have their time.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SavepointError } from '../../store/errors.js';
import { type AnswerContext, answerRequest } from './answer-request.js';

/** How long nobody takes or sends anything before a connection is ended. */
const IDLE_MS = 120_000;
const KEEP_ALIVE_MS = 15_000;
const MOST_CONNECTIONS = 1024;

export class RunningServer {
  /** Settles once no request is answered any more; rejects where this program is wrong, which ends it. */
  readonly ended: Promise<void>;
  private readonly server: Server;
  private readonly answers = new Set<Promise<void>>();
  private isClosing = false;
  private bug: { readonly error: unknown } | undefined;

  /** `letGo` is called at the end. */
  constructor(
    private readonly context: AnswerContext,
    letGo: () => void,
  ) {
    this.server = createServer({ requestTimeout: IDLE_MS, keepAliveTimeout: KEEP_ALIVE_MS });
    this.server.timeout = IDLE_MS;
    this.server.maxConnections = MOST_CONNECTIONS;
    this.server.on('request', this.handle);
    // Whether what it has to send is wanted is for the answer to say.
    this.server.on('checkContinue', this.handle);
    this.ended = new Promise<void>((resolve) => this.server.on('close', resolve))
      .then(() => Promise.all(this.answers))
      .finally(letGo)
      .then(() => {
        if (this.bug !== undefined) throw this.bug.error;
      });
    // Whoever does not wait for it is not to be ended by it.
    this.ended.catch(() => {});
  }

  /** Answers with the port. Throws ADDRESS_UNAVAILABLE. */
  listen(address: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException) => reject(unavailable(error, { address, port }));
      this.server.once('error', fail);
      this.server.listen({ host: address, port, exclusive: true }, () => {
        this.server.off('error', fail);
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  async close(graceMs: number): Promise<void> {
    if (!this.isClosing) {
      this.isClosing = true;
      const timer = setTimeout(() => this.server.closeAllConnections(), graceMs);
      this.server.close(() => clearTimeout(timer));
      this.server.closeIdleConnections();
    }
    await this.ended;
  }

  private readonly handle: RequestListener = (request, response) => {
    if (this.isClosing) response.setHeader('Connection', 'close');
    response.on('close', () => {
      if (this.isClosing) this.server.closeIdleConnections();
    });
    const answer = answerRequest(this.context, request, response)
      .catch((error) => this.fail(error))
      .finally(() => this.answers.delete(answer));
    this.answers.add(answer);
  };

  private fail(error: unknown): void {
    this.bug ??= { error };
    void this.close(0).catch(() => {});
  }
}

function unavailable(error: NodeJS.ErrnoException, place: { address: string; port: number }): Error {
  const { address, port } = place;
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program has it; choose another port, or 0 for one that is free',
    EACCES: 'only root may have ports below 1024; choose another one',
    EADDRNOTAVAIL: 'it is no address of this machine',
  };
  const reason = reasons[error.code ?? ''];
  if (reason === undefined) return error;
  return new SavepointError('ADDRESS_UNAVAILABLE', `Port ${port} of ${address} can't be had: ${reason}.`, {
    fields: place,
    cause: error,
  });
}
