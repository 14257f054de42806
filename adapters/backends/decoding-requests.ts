// The side of who wants blocks decoded ahead: sends requests to the thread, and takes replies without an event loop.
import { receiveMessageOnPort } from 'node:worker_threads';
import type { BlockPlace, BlocksAhead, HashedBlock } from '../../store/blocks-ahead.js';
import { BLOCK_CAPACITY_BYTES } from '../../store/pack/block.js';
import type { DecodingEnd, DecodingReply, DecodingRequest } from './decoding-messages.js';

/** Blocks that were decoded and that nobody has taken: the oldest go. */
const MOST_UNTAKEN = 8;
/** A thread that takes longer than this for a block has died. */
const LONGEST_MS = 5000;

export class DecodingRequests implements BlocksAhead {
  private readonly pending = new Set<string>();
  private readonly decoded = new Map<string, HashedBlock>();
  private readonly spare: Uint8Array<ArrayBuffer>[] = [];

  private isStarted = false;
  private isGivenUp = false;

  /** `start` has the thread be started, which may take a while. */
  constructor(
    readonly end: DecodingEnd,
    private readonly start: () => void,
  ) {}

  request(place: BlockPlace, memory: Uint8Array<ArrayBuffer> | undefined): void {
    const key = keyOf(place);
    if (memory !== undefined) this.spare.push(memory);
    if (this.isGivenUp || this.pending.has(key) || this.decoded.has(key)) return;
    this.pending.add(key);
    if (!this.isStarted) this.start();
    this.isStarted = true;
    const target = this.spare.pop() ?? new Uint8Array(BLOCK_CAPACITY_BYTES);
    this.end.port.postMessage({ place, memory: target } satisfies DecodingRequest, [target.buffer]);
  }

  take(place: BlockPlace): HashedBlock | undefined {
    const key = keyOf(place);
    for (;;) {
      const seen = Atomics.load(this.end.replies, 0);
      this.receive();
      // A thread that has not begun yet may wait for whoever waits for this one.
      if (!this.pending.has(key) || seen === 0) break;
      if (Atomics.wait(this.end.replies, 0, seen, LONGEST_MS) === 'timed-out') this.giveUp();
    }
    const block = this.decoded.get(key);
    this.decoded.delete(key);
    return block;
  }

  private giveUp(): void {
    this.isGivenUp = true;
    this.pending.clear();
  }

  private receive(): void {
    for (let next = receiveMessageOnPort(this.end.port); next; next = receiveMessageOnPort(this.end.port)) {
      const { place, block, memory } = next.message as DecodingReply;
      const key = keyOf(place);
      if (!this.pending.delete(key) || block === undefined) {
        this.spare.push(memory ?? wholeOf(block as HashedBlock));
        continue;
      }
      this.decoded.set(key, block);
      for (const [oldest, untaken] of this.decoded) {
        if (this.decoded.size <= MOST_UNTAKEN) break;
        this.decoded.delete(oldest);
        this.spare.push(wholeOf(untaken));
      }
    }
  }
}

function wholeOf({ raw }: HashedBlock): Uint8Array<ArrayBuffer> {
  return new Uint8Array(raw.buffer);
}

function keyOf({ packId, offset }: BlockPlace): string {
  return `${packId}/${offset}`;
}
