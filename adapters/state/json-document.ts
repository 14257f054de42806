// Documents of state as JSON: keys in order, so that equal values are equal bytes.

import { SavepointError } from '../../store/errors.js';
import { parseJson } from '../../store/parse-json.js';
import type { JsonValue, StateReader } from './state-adapter.js';

export function encodeDocument(value: JsonValue): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(inOrder(value), null, 2)}\n`);
}

/** Throws OBJECT_CORRUPT where `content` is no JSON. */
export function parseDocument<T>(content: Uint8Array, path: string): T {
  try {
    return parseJson(new TextDecoder().decode(content)) as T;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SavepointError('OBJECT_CORRUPT', `The document ${path} of a recovery point is no JSON.`, {
      fields: { path },
      cause: error,
    });
  }
}

/** The value of a document; `undefined` where there is none. */
export async function readDocument<T>(reader: StateReader, path: string): Promise<T | undefined> {
  const content = await reader.read(path);
  return content === undefined ? undefined : parseDocument<T>(content, path);
}

function inOrder(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(inOrder);
  const entries = Object.entries(value as { readonly [key: string]: JsonValue });
  return Object.fromEntries(
    entries.sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, each]) => [key, inOrder(each)]),
  );
}
