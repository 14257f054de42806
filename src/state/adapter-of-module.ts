// A state adapter of somebody else's module. What it throws is a failure of that module, which is told and taken back like
// any other: neither a bug of ours, nor a reason to leave a rollback in the middle.
import { checkAborted, isSavepointError, SavepointError } from '../../store/errors.js';
import type { StateAdapter } from '../composition.js';

type Call = (...args: unknown[]) => unknown;

/** The adapter, whose functions throw nothing but SavepointError: ADAPTER_FAILED for anything else. */
export function adapterOfModule(adapter: StateAdapter, module: string): StateAdapter {
  // A module may have frozen it, and of a frozen object a proxy can answer nothing else.
  return new Proxy(Object.create(adapter) as StateAdapter, {
    get(_, name) {
      const value: unknown = Reflect.get(adapter, name, adapter);
      if (typeof value !== 'function') return value;
      const call: Call = (...args) => Reflect.apply(value, adapter, args);
      const failed = (error: unknown, args: readonly unknown[]) =>
        failure(error, { kind: adapter.kind, module, call: String(name), args });
      return name === 'capture' ? iterating(call, failed) : asking(call, failed);
    },
  });
}

type Failed = (error: unknown, args: readonly unknown[]) => unknown;

function asking(call: Call, failed: Failed): Call {
  return async (...args) => {
    try {
      return await call(...args);
    } catch (error) {
      throw failed(error, args);
    }
  };
}

function iterating(call: Call, failed: Failed): Call {
  return async function* (...args) {
    try {
      yield* call(...args) as AsyncIterable<unknown>;
    } catch (error) {
      throw failed(error, args);
    }
  };
}

function failure(
  error: unknown,
  at: {
    readonly kind: string;
    readonly module: string;
    readonly call: string;
    readonly args: readonly unknown[];
  },
): unknown {
  if (isSavepointError(error)) return error;
  const { kind, module, call, args } = at;
  for (const arg of args) checkAborted((arg as { signal?: AbortSignal } | undefined)?.signal);
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new SavepointError(
    'ADAPTER_FAILED',
    `The adapter '${kind}' failed in ${call}: ${reason}. Mend the module ${module}, and repeat.`,
    { fields: { kind, module, call }, cause: error },
  );
}
