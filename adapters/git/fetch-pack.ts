// Fetches what a repository of our own lacks of a remote's tags: one request to git's upload-pack, whose pack goes to disk as
// it comes. The library's own fetch wants a branch behind HEAD, takes all branches, and holds the pack in memory.
// Source: gitprotocol-pack(5), "Packfile Negotiation".
import type { IncomingMessage } from 'node:http';
import type { ObjectId } from '../../store/object-id.js';
import { ByteReader } from './byte-reader.js';
import type { GitRemote, RemoteRefs } from './git-remote.js';
import { encodePacket, FLUSH } from './packet-line.js';
import { postService } from './post-service.js';
import { remoteError, remoteFailed } from './remote-error.js';

export interface FetchedPack {
  readonly wants: readonly ObjectId[];
  /** What is here already, with all that it leads to. */
  readonly haves: readonly ObjectId[];
  /** Told what the server says of its own progress. */
  readonly onMessage?: ((text: string) => void) | undefined;
  readonly onProgress?: ((received: { readonly bytes: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const DATA_BAND = 1;
const MESSAGE_BAND = 2;

/**
 * Hands the pack to `take`, as it comes. Throws REMOTE_UNREACHABLE, REMOTE_LOGIN_FAILED, REMOTE_FAILED, ABORTED, and what `take` does.
 */
export async function fetchPack<T>(
  remote: GitRemote,
  { capabilities, objectFormat }: RemoteRefs,
  fetched: FetchedPack,
  take: (pack: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const { wants, haves, signal } = fetched;
  if (!capabilities.has('side-band-64k'))
    throw remoteFailed(remote, 'the server is too old: it has no side bands, which git has had since 2006');
  const wanted = ['side-band-64k', ...['ofs-delta'].filter((each) => capabilities.has(each))];
  if (capabilities.has('object-format')) wanted.push(`object-format=${objectFormat}`);
  const head = Buffer.concat([
    ...wants.map((id, index) => encodePacket(`want ${id}${index === 0 ? ` ${wanted.join(' ')}` : ''}\n`)),
    FLUSH,
    ...haves.map((id) => encodePacket(`have ${id}\n`)),
    encodePacket('done\n'),
  ]);
  try {
    const request = { service: 'git-upload-pack', head, signal } as const;
    return await postService(remote, request, (answer) => take(packIn(remote, answer, fetched)));
  } catch (error) {
    throw remoteError(remote, error);
  }
}

/** What is in the band of data, once the server has said what it takes for known. */
async function* packIn(
  remote: GitRemote,
  answer: IncomingMessage,
  { onMessage, onProgress }: FetchedPack,
): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(answer);
  let bytes = 0;
  for (;;) {
    const packet = await readPacket(remote, reader);
    if (packet === 'pause') {
      if (bytes > 0) return;
      continue;
    }
    const text = () => Buffer.from(packet.subarray(1)).toString().trim();
    if (packet[0] === DATA_BAND) {
      bytes += packet.length - 1;
      onProgress?.({ bytes });
      yield packet.subarray(1);
    } else if (packet[0] === MESSAGE_BAND) onMessage?.(text());
    else if (!/^(NAK|ACK )/.test(Buffer.from(packet).toString('latin1')))
      throw remoteFailed(
        remote,
        `the server says: ${Buffer.from(packet)
          .toString()
          .replace(/^(ERR |\x03)/, '')
          .trim()}`,
      );
  }
}

async function readPacket(remote: GitRemote, reader: ByteReader): Promise<Uint8Array | 'pause'> {
  const digits = await reader.take(4);
  const length = Number.parseInt(Buffer.from(digits ?? []).toString('latin1'), 16);
  if (Number.isNaN(length)) throw remoteFailed(remote, "the server's answer is cut short, or makes no sense");
  if (length < 4) return 'pause';
  const packet = await reader.take(length - 4);
  if (packet === undefined) throw remoteFailed(remote, "the server's answer is cut short");
  return packet;
}
