// Ctrl-C and termination: the first one asks work under way to stop and clean up, the second one ends the program.
// Until a command listens, a signal ends the program at once, as it does any other.
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

type InterruptionSignal = (typeof SIGNALS)[number];

export class Interruption {
  private readonly controller = new AbortController();
  private received: InterruptionSignal | undefined;

  /** Listens from now on; what is returned is aborted by the first signal. */
  listen(): AbortSignal {
    for (const name of SIGNALS) process.on(name, this.handle);
    return this.controller.signal;
  }

  stopListening(): void {
    for (const name of SIGNALS) process.off(name, this.handle);
  }

  /** The signal that came, and its number; `undefined` where none did. */
  get signal(): { readonly name: string; readonly number: number } | undefined {
    return this.received && { name: this.received, number: constants.signals[this.received] };
  }

  private readonly handle = (name: InterruptionSignal) => {
    this.received = name;
    this.stopListening();
    this.controller.abort();
  };
}
