// Drives processes that save and restore on request (requests.mjs), and kills them at a chosen instant.
import { type ChildProcess, spawn } from 'node:child_process';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export type Request =
  | { readonly do: 'save'; readonly store: string; readonly paths: readonly string[]; readonly name?: string }
  | { readonly do: 'restore'; readonly store: string; readonly point: string; readonly to: string }
  | { readonly do: 'restore'; readonly store: string; readonly point: string; readonly inPlace: true };

export interface Answer {
  readonly result?: { readonly point?: string; readonly problems: readonly unknown[] };
  readonly error?: { readonly code: string; readonly message: string };
}

const SCRIPT = fileURLToPath(new URL('./requests.mjs', import.meta.url));

export class RequestedProcess {
  private readonly ready: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    this.ready = nextMessage(child);
    // Whoever waits for it hears of it then.
    this.ready.catch(() => undefined);
  }

  /**
   * Starts a process; that takes a while, in which the caller may do other things. `prefix` is a command that runs
   * another, as `setpriv` does.
   */
  static start(prefix: readonly string[] = []): RequestedProcess {
    const [command, ...args] = [...prefix, process.execPath, SCRIPT];
    return new RequestedProcess(spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }));
  }

  async answer(request: Request): Promise<Answer> {
    await this.ready;
    const answer = nextMessage(this.child) as Promise<Answer>;
    this.child.send(request);
    return answer;
  }

  /**
   * How long the process takes for a request, in milliseconds, and how long until `isUnderWay` says so. It must succeed.
   */
  async measure(request: Request, isUnderWay: () => boolean): Promise<{ startMs: number; totalMs: number }> {
    await this.ready;
    const start = performance.now();
    const answer = this.answer(request);
    let isAnswered = false;
    void answer.finally(() => {
      isAnswered = true;
    });
    while (!isAnswered && !isUnderWay()) await nextTurn();
    const startMs = performance.now() - start;
    const { error } = await answer;
    if (error !== undefined) throw new Error(error.message);
    return { startMs, totalMs: performance.now() - start };
  }

  /**
   * Makes a request, and kills the process so long after it, or after `isUnderWay` says so; answers whether that came
   * before the answer did.
   */
  async kill(
    request: Request,
    instant: { readonly afterMs: number; readonly isUnderWay?: () => boolean },
  ): Promise<boolean> {
    await this.ready;
    let answered: Answer | undefined;
    this.child.once('message', (message) => {
      answered = message as Answer;
    });
    this.child.send(request);
    while (instant.isUnderWay?.() === false && answered === undefined) await nextTurn();
    const end = performance.now() + instant.afterMs;
    if (instant.afterMs > 4) await wait(instant.afterMs - 3);
    while (performance.now() < end) await nextTurn();
    await this.stop();
    if (answered?.error !== undefined) throw new Error(answered.error.message);
    return answered === undefined;
  }

  /** Kills the process, and waits for its end. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
  }
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error('the process ended without an answer'));
    child.once('exit', fail);
    child.once('message', (message) => {
      child.off('exit', fail);
      resolve(message);
    });
  });
}
