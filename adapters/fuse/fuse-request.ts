// One request of the kernel, in a buffer that is used for all of them.
import { decodeName } from '../../store/names.js';
import { IN, IN_HEADER_BYTES } from './fuse-protocol.js';

const BODY = IN_HEADER_BYTES / 4;
const TWO_TO_32 = 2 ** 32;

export class FuseRequest {
  readonly bytes: Buffer;
  readonly words: Uint32Array;

  constructor(capacityBytes: number) {
    const memory = new ArrayBuffer(capacityBytes);
    this.bytes = Buffer.from(memory);
    this.words = new Uint32Array(memory);
  }

  get opcode(): number {
    return this.words[IN.opcode];
  }

  get node(): number {
    return this.words[IN.nodeHigh] * TWO_TO_32 + this.words[IN.nodeLow];
  }

  /** A 32-bit field of the body, by where it stands in it, in bytes. */
  word(offset: number): number {
    return this.words[BODY + offset / 4];
  }

  long(offset: number): number {
    return this.word(offset + 4) * TWO_TO_32 + this.word(offset);
  }

  /** The name in the body from `offset`, which a NUL ends. */
  name(offset = 0): string {
    const start = IN_HEADER_BYTES + offset;
    return decodeName(this.bytes.subarray(start, this.bytes.indexOf(0, start)));
  }
}
