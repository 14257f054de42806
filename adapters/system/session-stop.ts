// Stops a session of a database's program when a signal says so. From its COMMIT on whoever wants that comes too late: the server
// may have done it by then, and nobody could tell.
import { checkAborted } from '../../store/errors.js';

export interface StoppedSession {
  readonly signal: AbortSignal | undefined;
  /** Once its program is over. */
  readonly ended: Promise<unknown>;
  /** Ends the session, and answers whether it was not over before. */
  readonly kill: () => boolean;
}

export class SessionStop {
  private isStopped = false;

  /** A signal that was aborted before stops the session at once. */
  constructor(private readonly session: StoppedSession) {
    const { signal, ended } = session;
    signal?.addEventListener('abort', this.stop);
    void ended.then(() => this.listenNoMore());
    if (signal?.aborted === true) this.stop();
  }

  /** Throws ABORTED where the signal has ended the session. */
  check(): void {
    if (this.isStopped) checkAborted(this.session.signal);
  }

  /** Nothing stops the session from here on. Throws ABORTED where the signal has ended it before. */
  release(): void {
    this.check();
    this.listenNoMore();
  }

  private readonly stop = () => {
    this.isStopped = this.session.kill();
  };

  private listenNoMore(): void {
    this.session.signal?.removeEventListener('abort', this.stop);
  }
}
