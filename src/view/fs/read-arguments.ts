// The ways in which `read` is called: with a buffer, an offset, a length and a position; with a buffer and these as
// options; or with options alone, the buffer among them.
import { callbackOf, later } from './call-forms.js';
import type { DescriptorCalls, ReadOptions } from './descriptor-calls.js';

const DEFAULT_BUFFER_BYTES = 16 << 10;

type ReadArguments = [target: ArrayBufferView, options: ReadOptions];

export function readArguments(given: readonly unknown[]): ReadArguments {
  const [first, second, length, position] = given;
  if (!ArrayBuffer.isView(first)) {
    const { buffer, ...options } = (first ?? {}) as ReadOptions & { buffer?: ArrayBufferView };
    return [buffer ?? Buffer.alloc(DEFAULT_BUFFER_BYTES), options];
  }
  if (typeof second === 'object') return [first, second ?? {}];
  return [first, { offset: second, length, position } as ReadOptions];
}

/** Tells the callback how many bytes were read, and the buffer that they are in. */
export function callbackRead(read: DescriptorCalls['read']) {
  return (descriptor: number, ...given: unknown[]): void => {
    const callback = callbackOf(given);
    const [target, options] = readArguments(given);
    later(
      () => read(descriptor, target, options),
      (error, count) => (error === null ? callback(null, count, target) : callback(error)),
    );
  };
}
