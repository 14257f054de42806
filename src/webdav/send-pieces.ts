// Sends the body of an answer as fast as it is taken, and lets others have their turn between its pieces.
import type { ServerResponse } from 'node:http';

/** Ends early, without an error, where the client has gone. What `pieces` throws ends the connection. */
export async function sendPieces(
  response: ServerResponse,
  pieces: Iterable<Uint8Array | string>,
): Promise<void> {
  let last: Uint8Array | string = '';
  try {
    for (const piece of pieces) {
      if (last.length > 0) await send(response, last);
      if (response.destroyed) return;
      last = piece;
    }
  } catch (error) {
    // Its length, or its end, would tell a lie.
    response.destroy();
    throw error;
  }
  // In one packet, where there is one piece.
  response.end(last);
}

async function send(response: ServerResponse, piece: Uint8Array | string): Promise<void> {
  if (response.write(piece)) await new Promise((resolve) => setImmediate(resolve));
  else await drained(response);
}

/** Pieces of text, gathered to such as are worth sending. */
export function* gathered(texts: Iterable<string>, characters = 1 << 15): Generator<string> {
  let text = '';
  for (const piece of texts) {
    text += piece;
    if (text.length < characters) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

/** The same pieces, of which the first is made already: what goes wrong with it is thrown here. */
export function begun<T>(pieces: Iterator<T> & Iterable<T>): Iterable<T> {
  const first = pieces.next();
  return (function* () {
    if (first.done === true) return;
    yield first.value;
    yield* pieces;
  })();
}

function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = () => {
      response.off('drain', settle);
      response.off('close', settle);
      resolve();
    };
    response.on('drain', settle);
    response.on('close', settle);
  });
}
