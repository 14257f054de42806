// A piece of work on a storage backend that stops before each of its calls, and goes on when a test says so: with
// several of them a test decides the order of events.
import type { Backend } from '#store/backend.js';
import { observeBackend, type StoreCall } from './observe-backend.js';

export class Actor {
  /** The calls that were let go, in order. */
  readonly calls: StoreCall[] = [];
  /** What the work failed with. */
  failure: unknown;
  private readonly held: { readonly call: StoreCall; readonly go: () => void }[] = [];

  constructor(backend: Backend, work: (backend: Backend) => Promise<unknown>) {
    const before = (call: StoreCall) => new Promise<void>((go) => void this.held.push({ call, go }));
    work(observeBackend(backend, { before })).catch((error: unknown) => {
      this.failure = error;
    });
  }

  /** Lets the next call go, and waits until the work stops again. Answers false where the work has ended. */
  async step(): Promise<boolean> {
    await untilIdle();
    const next = this.held.shift();
    if (next === undefined) return false;
    this.calls.push(next.call);
    next.go();
    await untilIdle();
    return true;
  }

  /** Lets up to `count` calls go. */
  async run(count = Number.POSITIVE_INFINITY): Promise<void> {
    for (let i = 0; i < count && (await this.step()); i++);
  }
}

/** Whether a call changes what others see. */
export function isChange({ method }: StoreCall): boolean {
  return ['writer.commit', 'replace', 'createExclusive', 'remove'].includes(method);
}

/** Backends in memory answer in microtasks, all of which are done by then. */
function untilIdle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
