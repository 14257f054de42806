// What several streams give, as it comes: none waits for another one.

/** Ends all of them where one fails, or where its reader leaves. */
export async function* mergeStreams<T>(streams: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const waiting = new Map(streams.map((stream) => [stream, next(stream)] as const));
  try {
    while (waiting.size > 0) {
      const { stream, result } = await Promise.race(waiting.values());
      if (result.done === true) {
        waiting.delete(stream);
        continue;
      }
      yield result.value;
      waiting.set(stream, next(stream));
    }
  } finally {
    // What the others still say is of no use to anybody.
    await Promise.allSettled([...waiting.values()]);
    await Promise.allSettled([...waiting.keys()].map((stream) => stream.return(undefined)));
  }
}

async function next<T>(stream: AsyncGenerator<T>) {
  return { stream, result: await stream.next() };
}
