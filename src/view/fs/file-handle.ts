// An open file of a read-only file system, as `promises.open` gives it.
import type { BigIntStats, ReadStream, Stats } from 'node:fs';
import { promiseForm } from './call-forms.js';
import type { DescriptorCalls, ReadFileOptions } from './descriptor-calls.js';
import { readArguments } from './read-arguments.js';

type Calls = Pick<DescriptorCalls, 'close' | 'fstat' | 'read' | 'readFile'>;
type OpenStream = (path: string, options: object) => ReadStream;

export class FileHandle {
  readonly #calls: Calls;
  readonly #openStream: OpenStream;
  #isOpen = true;

  constructor(
    readonly fd: number,
    calls: Calls,
    openStream: OpenStream,
  ) {
    this.#calls = calls;
    this.#openStream = openStream;
  }

  async stat(options?: { readonly bigint?: boolean }): Promise<Stats | BigIntStats> {
    return this.#calls.fstat(this.fd, options);
  }

  async read(...given: unknown[]): Promise<{ bytesRead: number; buffer: ArrayBufferView }> {
    const [buffer, options] = readArguments(given);
    const bytesRead = (await promiseForm(this.#calls.read)(this.fd, buffer, options)) as number;
    return { bytesRead, buffer };
  }

  async readFile(options?: ReadFileOptions | BufferEncoding): Promise<string | Buffer> {
    return (await promiseForm(this.#calls.readFile)(this.fd, options)) as string | Buffer;
  }

  createReadStream(options: object = {}): ReadStream {
    return this.#openStream('', { ...options, fd: this.fd });
  }

  /** Closing twice is fine. */
  async close(): Promise<void> {
    if (this.#isOpen) this.#calls.close(this.fd);
    this.#isOpen = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
