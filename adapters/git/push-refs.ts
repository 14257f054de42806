// Pushes a pack from disk, and all refs that it is for, in one request to git's receive-pack: the library's own push sends one
// ref at a time, the whole tree of a point with each, out of memory.
// Source: gitprotocol-pack(5), "Pushing Data To a Server", and gitprotocol-http(5).
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import type { ObjectFormat, ObjectId } from '../../store/object-id.js';
import type { GitRemote, RemoteRefs } from './git-remote.js';
import { encodePacket, FLUSH, joinBands, parsePackets } from './packet-line.js';
import { postService } from './post-service.js';
import { remoteError, remoteFailed } from './remote-error.js';

export interface RefCommand {
  /** Its whole name. */
  readonly ref: string;
  /** What it is there; missing where there is none. */
  readonly from: ObjectId | undefined;
  readonly to: ObjectId;
}

export interface PushOptions {
  /** A pack that has all that the server lacks; missing where it lacks nothing. */
  readonly pack?: string;
  readonly onProgress?: ((sent: { readonly bytes: number; readonly totalBytes: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Nobody answers with more. */
const MOST_ANSWER_BYTES = 16 << 20;

/**
 * Why each ref that was not changed was not; all were, where there is none. Throws REMOTE_UNREACHABLE, REMOTE_LOGIN_FAILED,
 * REMOTE_FAILED, ABORTED: then it is not known which were.
 */
export async function pushRefs(
  remote: GitRemote,
  { capabilities, objectFormat }: RemoteRefs,
  commands: readonly RefCommand[],
  options: PushOptions,
): Promise<ReadonlyMap<string, string>> {
  const wanted = ['report-status', 'side-band-64k', 'atomic'].filter((each) => capabilities.has(each));
  if (capabilities.has('object-format')) wanted.push(`object-format=${objectFormat}`);
  const none = '0'.repeat(objectFormat === 'sha1' ? 40 : 64);
  const lines = commands.map(({ ref, from, to }, index) =>
    encodePacket(`${from ?? none} ${to} ${ref}${index === 0 ? `\0 ${wanted.join(' ')}` : ''}\n`),
  );
  try {
    // A pack is always expected, be it empty.
    const pack = options.pack === undefined ? emptyPack(objectFormat) : Buffer.alloc(0);
    const { onProgress, signal } = options;
    const head = Buffer.concat([...lines, FLUSH, pack]);
    const request = { service: 'git-receive-pack', head, file: options.pack, onProgress, signal } as const;
    const answer = await postService(remote, request, (response) => readAnswer(remote, response));
    return readReport(remote, answer, { commands, isBanded: wanted.includes('side-band-64k') });
  } catch (error) {
    throw remoteError(remote, error);
  }
}

/** A header that counts no objects, and its digest. */
function emptyPack(objectFormat: ObjectFormat): Buffer {
  const header = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  return Buffer.concat([header, createHash(objectFormat).update(header).digest()]);
}

async function readAnswer(remote: GitRemote, response: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  response.on('data', (piece: Buffer) => {
    bytes += piece.length;
    pieces.push(piece);
    if (bytes > MOST_ANSWER_BYTES) response.destroy(remoteFailed(remote, 'the server answers with too much'));
  });
  await finished(response);
  return Buffer.concat(pieces);
}

function readReport(
  remote: GitRemote,
  answer: Buffer,
  { commands, isBanded }: { readonly commands: readonly RefCommand[]; readonly isBanded: boolean },
): Map<string, string> {
  const bands = isBanded ? joinBands(parsePackets(answer) ?? []) : { data: answer, error: '' };
  const lines = (parsePackets(bands.data) ?? []).map((packet) => packet.toString().trimEnd());
  const unpacked = /^unpack (.*)$/.exec(lines[0] ?? '')?.[1];
  if (unpacked === undefined)
    throw remoteFailed(
      remote,
      bands.error === '' ? "the server's answer makes no sense" : `the server says: ${bands.error}`,
    );
  const results = new Map<string, string>();
  for (const line of lines) {
    const refused = /^ng (\S+) (.*)$/.exec(line);
    if (refused !== null) results.set(refused[1], refused[2]);
  }
  if (unpacked !== 'ok')
    for (const { ref } of commands) results.set(ref, `the pack was refused: ${unpacked}`);
  return results;
}
