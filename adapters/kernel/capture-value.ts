// The document of one plain value: below `state/` where the kernel takes values for it, else below `observed/`.
import { isSavepointError } from '../../store/errors.js';
import type { StateDocument } from '../state/state-adapter.js';
import type { AreaCapture } from './kernel-area.js';
import { findAccess, readValue } from './value-file.js';

export interface CapturedValue {
  readonly object: string;
  /** Of the document, without what stands for its kind. */
  readonly path: string;
  readonly file: string;
  /** Whether it is not for us to set, though it could be. */
  readonly isObserved?: boolean;
  /** The value in what the file says. */
  readonly pick?: (text: string) => string;
}

/** No document where there is no value; one that can't be read is reported. */
export function* captureValue(
  context: Pick<AreaCapture, 'report'>,
  captured: CapturedValue,
): Iterable<StateDocument> {
  const { object, path, file, isObserved = false, pick } = captured;
  try {
    const access = findAccess(file);
    const text = access?.reads === true ? readValue(file) : undefined;
    if (text === undefined) return;
    const kind = access?.writes === true && !isObserved ? 'state' : 'observed';
    yield { path: `${kind}/${path}`, content: encodeText(pick === undefined ? text : pick(text)) };
  } catch (error) {
    if (!isSavepointError(error, 'STATE_UNREADABLE')) throw error;
    context.report({ object, code: error.code, message: error.message });
  }
}

/** A text that ends with a newline. */
export function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text.endsWith('\n') ? text : `${text}\n`);
}

/** What `encodeText` was given, without a newline at its end. */
export function decodeText(content: Uint8Array): string {
  return new TextDecoder().decode(content).replace(/\n$/, '');
}
