// The other two forms of calls that answer at once: with a callback, and with a promise. Both answer later, one call a
// turn of the event loop, so that a program that looks through a large point still serves its timers and sockets.
import { argumentError } from './argument-error.js';

// biome-ignore lint/suspicious/noExplicitAny: what a call takes is checked by the call.
type Call = (...given: any[]) => unknown;
type Callback = (error: unknown, ...answer: unknown[]) => void;

/** Throws at once where the last argument is no function; all else is told to the callback. */
export function callbackForm(call: Call): (...given: unknown[]) => void {
  return (...given) => {
    const callback = callbackOf(given);
    later(
      () => call(...given),
      (error, answer) => (error === null ? callback(null, answer) : callback(error)),
    );
  };
}

export function promiseForm(call: Call): (...given: unknown[]) => Promise<unknown> {
  return (...given) =>
    new Promise((resolve, reject) => {
      later(
        () => call(...given),
        (error, answer) => (error === null ? resolve(answer) : reject(error)),
      );
    });
}

/** Several calls in one form. */
export function inForm<F>(calls: Readonly<Record<string, Call>>, form: (call: Call) => F): Record<string, F> {
  return Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, form(call)]));
}

/** Takes the callback off the end of the arguments. */
export function callbackOf(given: unknown[]): Callback {
  const callback = given.pop();
  if (typeof callback === 'function') return callback as Callback;
  throw argumentError('ERR_INVALID_ARG_TYPE', 'callback', { expected: 'a function', found: callback });
}

/** Errors that have no code are mistakes of ours: they are thrown where nobody catches them. */
export function later<T>(call: () => T, tell: (error: unknown, answer?: T) => void): void {
  setImmediate(() => {
    let answer: T;
    try {
      answer = call();
    } catch (error) {
      if (!(error instanceof Error) || typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
      tell(error);
      return;
    }
    tell(null, answer);
  });
}
