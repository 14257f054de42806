// Says of which object of a database an error is: as an error still, or as a problem of that object alone.
import { isSavepointError, SavepointError } from '../../store/errors.js';
import type { StateProblem } from '../state/state-adapter.js';

/** What `work` throws begins with `object`, which is among its fields, too. */
export async function aboutObject<T>(object: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw withObject(object, error);
  }
}

/** What `stream` throws begins with `object`. */
export async function* aboutStream<T, Result>(
  object: string,
  stream: AsyncGenerator<T, Result>,
): AsyncGenerator<T, Result> {
  try {
    return yield* stream;
  } catch (error) {
    throw withObject(object, error);
  }
}

function withObject(object: string, error: unknown): unknown {
  if (!isSavepointError(error) || error.code === 'ABORTED' || error.fields['object'] !== undefined)
    return error;
  return new SavepointError(error.code, `${object}: ${error.message}`, {
    fields: { ...error.fields, object },
    cause: error,
  });
}

/** What `work` throws is a problem of the object; none where it is done. */
export async function asProblem(object: string, work: () => Promise<void>): Promise<StateProblem[]> {
  try {
    await work();
    return [];
  } catch (error) {
    if (!isSavepointError(error) || error.code === 'ABORTED') throw error;
    return [{ object, code: error.code, message: error.message }];
  }
}
