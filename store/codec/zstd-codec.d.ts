// What we use of the package zstd-codec, which ships no types of its own.
declare module 'zstd-codec' {
  /** One-shot calls on a WebAssembly heap of fixed size. Each answers null where it fails. */
  export interface Simple {
    compress(content: Uint8Array, level: number): Uint8Array | null;
    decompress(frame: Uint8Array): Uint8Array | null;
  }

  export interface Binding {
    readonly Simple: new () => Simple;
  }

  const library: { readonly ZstdCodec: { run(onReady: (binding: Binding) => void): void } };
  export default library;
}
