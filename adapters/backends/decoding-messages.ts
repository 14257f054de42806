// What goes between who wants blocks decoded ahead and the thread that does it.
import type { MessagePort } from 'node:worker_threads';
import type { BlockPlace, HashedBlock } from '../../store/blocks-ahead.js';
import type { ObjectFormat } from '../../store/object-id.js';

/** Where requests go and replies come; `port` has to be transferred. */
export interface DecodingEnd {
  readonly port: MessagePort;
  /** Counts the replies, and that the thread has begun, and wakes whoever waits for one. */
  readonly replies: Int32Array;
}

/** What the thread starts with: the other end, and which store it is about. */
export interface DecodingStart extends DecodingEnd {
  readonly directory: string;
  readonly format: ObjectFormat;
}

export interface DecodingRequest {
  readonly place: BlockPlace;
  /** Where to decode to: it comes back with the reply. */
  readonly memory: Uint8Array<ArrayBuffer>;
}

export type DecodingReply =
  | { readonly place: BlockPlace; readonly block: HashedBlock; readonly memory?: undefined }
  | { readonly place: BlockPlace; readonly block?: undefined; readonly memory: Uint8Array<ArrayBuffer> };
