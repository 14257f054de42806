// Reads a git repository through the program git: any object format, packs with deltas, alternates, ref formats of its own;
// one `git cat-file --batch` gives all objects, as a stream.
import { isSavepointError, type SavepointError } from '../../store/errors.js';
import { decodeName } from '../../store/names.js';
import { type ObjectFormat, type ObjectId, parseObjectId } from '../../store/object-id.js';
import { OBJECT_KINDS } from '../../store/objects/object-header.js';
import { type StartedProgram, startProgram } from '../node/start-program.js';
import { killGroup, type ProgramResult, programError, runProgram } from '../system/run-program.js';
import { ByteReader } from './byte-reader.js';
import { gitEnvironment } from './git-environment.js';
import { type GitObject, type GitRepository, type GitTagRef, LARGEST_PIECE_BYTES } from './git-repository.js';
import { corruptRepository, noRepository } from './repository-error.js';

/** `undefined` where there is no program git; `directory` has no symbolic links. Throws REPOSITORY_NOT_FOUND, PROGRAM_FAILED. */
export async function openByProgram(directory: string): Promise<GitRepository | undefined> {
  const environment = gitEnvironment(directory);
  const ask = (...args: string[]) => runProgram('git', args, { directory, environment });
  // The path comes last, as it may have line breaks.
  const asked = ['rev-parse', '--show-object-format', '--is-bare-repository', '--absolute-git-dir'];
  const answer = await ask(...asked);
  if (answer.isMissing) return undefined;
  if (answer.exitCode === 128 && /not a git repository/i.test(answer.stderr)) throw noRepository(directory);
  if (answer.exitCode !== 0) throw programError('git', asked, answer);
  const [format, isBare, ...path] = printed(answer).split('\n');
  const top = isBare === 'true' ? undefined : await ask('rev-parse', '--show-toplevel');
  return new ProgramRepository({
    environment,
    gitDirectory: path.join('\n'),
    objectFormat: format as ObjectFormat,
    workTree: top?.exitCode === 0 ? printed(top) : undefined,
  });
}

/** What a program has printed, without the line break at its end. */
function printed({ stdout }: ProgramResult): string {
  return decodeName(stdout).slice(0, -1);
}

interface Place {
  readonly environment: Record<string, string | undefined>;
  readonly gitDirectory: string;
  readonly objectFormat: ObjectFormat;
  readonly workTree: string | undefined;
}

class ProgramRepository implements GitRepository {
  readonly objectFormat: ObjectFormat;
  readonly gitDirectory: string;
  readonly workTree: string | undefined;
  private readonly environment: Place['environment'];
  private reading: Promise<BatchReading> | undefined;

  constructor({ environment, ...place }: Place) {
    this.environment = environment;
    this.objectFormat = place.objectFormat;
    this.gitDirectory = place.gitDirectory;
    this.workTree = place.workTree;
  }

  async listTags(): Promise<GitTagRef[]> {
    const args = [
      `--git-dir=${this.gitDirectory}`,
      'for-each-ref',
      '--format=%(objectname) %(refname)',
      'refs/tags',
    ];
    const answer = await runProgram('git', args, { environment: this.environment });
    if (answer.exitCode !== 0) throw programError('git', args, answer);
    const lines = decodeName(answer.stdout).split('\n').slice(0, -1);
    return lines.map((line) => {
      const [id, ref] = [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)];
      return { name: ref.slice('refs/tags/'.length), id: this.idOf(id) };
    });
  }

  async *read(ids: readonly ObjectId[]): AsyncGenerator<GitObject> {
    if (ids.length === 0) return;
    this.reading ??= this.start();
    const { program, reader } = await this.reading;
    program.stdin.write(`${ids.join('\n')}\n`);
    for (const id of ids) {
      const object = await this.next(reader, id);
      try {
        yield object;
      } finally {
        await object.end();
      }
    }
  }

  async close(): Promise<void> {
    if (this.reading === undefined) return;
    const { program } = await this.reading;
    killGroup(program.pid);
    program.stdout.destroy();
    program.stderr.destroy();
    program.stdin.destroy();
    await program.ended;
  }

  private async start(): Promise<BatchReading> {
    const args = [`--git-dir=${this.gitDirectory}`, 'cat-file', '--batch'];
    const place = { directory: '/', session: true, isStreaming: true };
    const environment = { ...process.env, ...this.environment };
    const program = await startProgram('git', args, { ...place, environment });
    // That it has ended is seen by what can't be read.
    program.stdin.on('error', () => {});
    let complaints = '';
    program.stderr.on('data', (bytes: Buffer) => {
      complaints = (complaints + bytes.toString('utf8')).slice(-MOST_COMPLAINT_LETTERS);
    });
    return { program, reader: new ByteReader(program.stdout), complaints: () => complaints.trim() };
  }

  private async next(reader: ByteReader, id: ObjectId): Promise<GitObject & { end(): Promise<void> }> {
    const line = await reader.line();
    if (line === undefined) throw await this.ended(id);
    const [, kindName, size] = new TextDecoder().decode(line).split(' ');
    const kind = OBJECT_KINDS.find((each) => each === kindName);
    if (kind === undefined) throw corruptRepository(this.gitDirectory, `it has no object ${id}`, { id });
    const sizeBytes = Number(size);
    const rest = piecesOf(reader, sizeBytes, () => this.ended(id));
    return {
      ...{ id, kind, sizeBytes, content: rest },
      end: async () => {
        for await (const _ of rest);
        await reader.take(1);
      },
    };
  }

  /** It is the program's own end that tells why there was no more to read. */
  private async ended(id: ObjectId): Promise<SavepointError> {
    const reading = await this.reading;
    await reading?.program.ended;
    return corruptRepository(this.gitDirectory, reading?.complaints() || 'git ended', { id });
  }

  private idOf(text: string): ObjectId {
    try {
      return parseObjectId(text, this.objectFormat);
    } catch (error) {
      if (!isSavepointError(error, 'INVALID_NAME')) throw error;
      throw corruptRepository(this.gitDirectory, `'${text}' is no id of its objects`);
    }
  }
}

const MOST_COMPLAINT_LETTERS = 2000;

interface BatchReading {
  readonly program: StartedProgram;
  readonly reader: ByteReader;
  readonly complaints: () => string;
}

async function* piecesOf(
  reader: ByteReader,
  sizeBytes: number,
  ended: () => Promise<SavepointError>,
): AsyncGenerator<Uint8Array> {
  for (let left = sizeBytes; left > 0; ) {
    const piece = await reader.take(Math.min(left, LARGEST_PIECE_BYTES));
    if (piece === undefined) throw await ended();
    left -= piece.length;
    yield piece;
  }
}
