// Reads a stream of bytes by lines and by lengths, and holds no more of it than one piece needs.

export class ByteReader {
  private readonly source: AsyncIterator<Uint8Array>;
  private held: Uint8Array = new Uint8Array(0);
  private at = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.source = source[Symbol.asyncIterator]();
  }

  /** The bytes up to the next line end, without it; `undefined` where the stream ends before one. */
  async line(): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = [];
    while (this.at < this.held.length || (await this.more())) {
      const end = this.held.indexOf(0x0a, this.at);
      if (end >= 0) {
        const last = this.held.subarray(this.at, end);
        this.at = end + 1;
        return parts.length === 0 ? last : Buffer.concat([...parts, last]);
      }
      parts.push(this.held.subarray(this.at));
      this.at = this.held.length;
    }
    return undefined;
  }

  /** The next `lengthBytes` bytes, as a view where they came together; `undefined` where the stream ends before. */
  async take(lengthBytes: number): Promise<Uint8Array | undefined> {
    if (this.held.length - this.at >= lengthBytes) {
      this.at += lengthBytes;
      return this.held.subarray(this.at - lengthBytes, this.at);
    }
    const whole = new Uint8Array(lengthBytes);
    let filled = 0;
    while (filled < lengthBytes) {
      if (this.at === this.held.length && !(await this.more())) return undefined;
      const part = this.held.subarray(this.at, this.at + lengthBytes - filled);
      whole.set(part, filled);
      filled += part.length;
      this.at += part.length;
    }
    return whole;
  }

  /** Ends the stream, whatever is left of it. */
  async close(): Promise<void> {
    await this.source.return?.();
  }

  private async more(): Promise<boolean> {
    for (;;) {
      const next = await this.source.next();
      if (next.done === true) return false;
      this.held = next.value;
      this.at = 0;
      if (next.value.length > 0) return true;
    }
  }
}
