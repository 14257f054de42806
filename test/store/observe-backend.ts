// A storage backend whose every call, those of its writers too, can be watched, held up, and made to fail.
import type { Backend, BackendWriter } from '#store/backend.js';

export interface StoreCall {
  /** A method of the backend, or of one of its writers: 'writer.append', 'writer.commit', 'writer.abort'. */
  readonly method: string;
  /** The file's name, where the call has one. */
  readonly name: string;
  readonly range?: { readonly offset: number; readonly lengthBytes: number };
  /** How much is written by the call, where it writes. */
  readonly writtenBytes?: number;
}

export interface CallHooks {
  /** What this throws, the caller gets, and nothing has happened. */
  readonly before?: (call: StoreCall) => Promise<void> | void;
  /** What this throws, the caller gets, though the call has done its work. */
  readonly after?: (call: StoreCall, result: unknown) => Promise<void> | void;
}

export function observeBackend(backend: Backend, hooks: CallHooks): Backend {
  return observe(backend, '', hooks);
}

function observe<T extends object>(target: T, prefix: string, hooks: CallHooks): T {
  return new Proxy(target, {
    get(object, method: string) {
      const member = Reflect.get(object, method) as unknown;
      if (typeof member !== 'function') return member;
      return async (...parameters: unknown[]) => {
        const call = callOf(prefix + method, parameters);
        await hooks.before?.(call);
        const result: unknown = await member.apply(object, parameters);
        await hooks.after?.(call, result);
        return method === 'createWriter' ? observe(result as BackendWriter, 'writer.', hooks) : result;
      };
    },
  });
}

function callOf(method: string, parameters: readonly unknown[]): StoreCall {
  const name = typeof parameters[0] === 'string' ? parameters[0] : '';
  const range = method === 'read' ? (parameters[1] as StoreCall['range']) : undefined;
  const bytes = parameters.find((parameter) => parameter instanceof Uint8Array);
  return {
    method,
    name,
    ...(range === undefined ? {} : { range }),
    ...(bytes === undefined ? {} : { writtenBytes: bytes.length }),
  };
}

/** A list that `hooks` write each call into, once it is done. */
export function recordCalls(): { calls: StoreCall[]; hooks: CallHooks } {
  const calls: StoreCall[] = [];
  return { calls, hooks: { after: (call) => void calls.push(call) } };
}
