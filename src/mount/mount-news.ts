// What the thread that serves a mount starts with, and what it tells.
import type { MessagePort } from 'node:worker_threads';
import { type ErrorCode, type ErrorFields, SavepointError } from '../../store/errors.js';
import type { DecodingEnd } from '../composition.js';

export interface MountStart {
  readonly store: string;
  /** By its id; the whole store where it is missing. */
  readonly point?: string;
  readonly component?: string;
  readonly cacheBytes?: number;
  /** Through which blocks are decoded ahead. */
  readonly decoding: DecodingEnd | undefined;
  /** Through which contents go to the kernel. */
  readonly storing: MessagePort | undefined;
}

/** What it is told when it is mounted: the descriptor of the device. */
export type MountBegin = number;

/** That it has opened what it serves, that the kernel is answered, that blocks are wanted ahead, or contents to be stored, what can't be read; and why it ends, unless it is unmounted. */
export type MountNews =
  | { readonly now: 'open' }
  | { readonly now: 'ready' }
  | { readonly now: 'reading-on' }
  | { readonly now: 'storing' }
  | ({ readonly now: 'unreadable' } & UnreadableFile)
  | { readonly now: 'failed'; readonly problem: MountProblem };

/** A file of a mount that can't be read; whoever does gets EIO. */
export interface UnreadableFile {
  /** In the mount. */
  readonly path: string;
  readonly problem: MountProblem;
}

/** An error on its way between threads and processes. */
export interface MountProblem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly fields: ErrorFields;
}

export function problemOf({ code, message, fields }: SavepointError): MountProblem {
  return { code, message, fields };
}

export function errorOf({ code, message, fields }: MountProblem): SavepointError {
  return new SavepointError(code, message, { fields });
}
