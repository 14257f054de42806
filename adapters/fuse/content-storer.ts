// Puts contents together for the thread that gives them to the kernel. Where that has not sent the last ones yet, there are no more.
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { OUT_HEADER_BYTES } from './fuse-protocol.js';
import type { StoredContents } from './storing-thread.js';

const NOTIFY_STORE = 4;
const MESSAGE_BYTES = OUT_HEADER_BYTES + 24;
const MEMORY_BYTES = 1 << 20;
const MOST_MEMORIES = 2;

export class ContentStorer {
  private readonly memories: Uint8Array<ArrayBuffer>[] = [];
  private created = 0;

  /** `start` has the thread be started. */
  constructor(
    private readonly port: MessagePort,
    private readonly start: () => void,
  ) {}

  /** Whether there is room for contents. */
  get isReady(): boolean {
    for (let next = receiveMessageOnPort(this.port); next; next = receiveMessageOnPort(this.port))
      this.memories.push(next.message as Uint8Array<ArrayBuffer>);
    return this.memories.length > 0 || this.created < MOST_MEMORIES;
  }

  /** Sends the contents of files, by their nodes, as far as they fit. */
  send(files: Iterable<{ readonly node: number; readonly content: Uint8Array }>): void {
    if (!this.isReady) return;
    const bytes = this.memories.pop() ?? this.create();
    const ends: number[] = [];
    let at = 0;
    for (const { node, content } of files) {
      const end = at + MESSAGE_BYTES + content.length;
      if (end > bytes.length) break;
      putMessage(bytes, at, { node, content });
      ends.push(end);
      at = end;
    }
    if (ends.length === 0) {
      this.memories.push(bytes);
      return;
    }
    this.port.postMessage({ bytes, ends } satisfies StoredContents, [bytes.buffer]);
  }

  private create(): Uint8Array<ArrayBuffer> {
    if (this.created === 0) this.start();
    this.created++;
    return new Uint8Array(MEMORY_BYTES);
  }
}

/** struct fuse_out_header, whose error is the kind of message, and struct fuse_notify_store_out. */
function putMessage(
  bytes: Uint8Array,
  at: number,
  { node, content }: { readonly node: number; readonly content: Uint8Array },
): void {
  const view = new DataView(bytes.buffer, at, MESSAGE_BYTES);
  view.setUint32(0, MESSAGE_BYTES + content.length, true);
  view.setInt32(4, NOTIFY_STORE, true);
  view.setBigUint64(8, 0n, true);
  view.setBigUint64(16, BigInt(node), true);
  view.setBigUint64(24, 0n, true);
  view.setUint32(32, content.length, true);
  view.setUint32(36, 0, true);
  bytes.set(content, at + MESSAGE_BYTES);
}
