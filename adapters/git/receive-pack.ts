// Puts a pack that comes as a stream into a repository, with its index: git does it where there is one, in bounded memory and
// for any object format; else isomorphic-git, which knows sha1 only, and needs the memory for all of it.
import fs from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { SavepointError } from '../../store/errors.js';
import { startProgram } from '../node/start-program.js';
import { killGroup } from '../system/run-program.js';
import type { BareRepository } from './bare-repository.js';
import { gitEnvironment } from './git-environment.js';
import { takeInPack } from './incoming-pack.js';
import { corruptRepository } from './repository-error.js';

/** Throws REPOSITORY_CORRUPT where it is no sound pack, PROGRAM_MISSING where it takes git, and what reading it throws. */
export async function receivePack(
  repository: BareRepository,
  pack: AsyncIterable<Uint8Array>,
): Promise<void> {
  if (await takeInPack(repository, (folder) => receiveByProgram(repository, folder, pack))) return;
  if (repository.format !== 'sha1') {
    throw new SavepointError(
      'PROGRAM_MISSING',
      `Objects that are named by ${repository.format} can only be fetched with git, and there is no program 'git' here; install it and repeat.`,
      { fields: { program: 'git' } },
    );
  }
  await receiveByLibrary(repository, pack);
}

/** Answers false, and has read nothing, where there is no program git. */
async function receiveByProgram(
  { directory }: BareRepository,
  folder: string,
  pack: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  const environment = {
    ...process.env,
    ...gitEnvironment(directory),
    GIT_OBJECT_DIRECTORY: folder,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: join(directory, 'objects'),
  };
  const args = [`--git-dir=${directory}`, 'index-pack', '--stdin'];
  const program = await startGit(args, { directory, environment, session: true, isStreaming: true });
  if (program === undefined) return false;
  const { pid, stdin, stdout, stderr, ended } = program;
  let complaints = '';
  stdout.resume();
  stderr.on('data', (bytes: Buffer) => {
    complaints = (complaints + bytes.toString()).slice(-MOST_COMPLAINT_LETTERS);
  });
  // That it has ended is seen by its exit code.
  stdin.on('error', () => {});
  try {
    for await (const piece of pack) {
      if (!stdin.write(piece) && stdin.writable)
        await Promise.race([drained(stdin), finished(stdin).catch(() => {})]);
      if (!stdin.writable) break;
    }
  } catch (error) {
    killGroup(pid);
    await ended;
    throw error;
  }
  stdin.end();
  const { exitCode } = await ended;
  if (exitCode !== 0) throw corruptRepository(directory, `git index-pack says: ${complaints.trim()}`);
  return true;
}

const MOST_COMPLAINT_LETTERS = 2000;

async function startGit(args: readonly string[], place: Parameters<typeof startProgram>[2]) {
  try {
    return await startProgram('git', args, place);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function drained(stdin: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => stdin.once('drain', resolve));
}

/** As `receivePack`, without git: of sha1 alone. */
export async function receiveByLibrary(
  repository: BareRepository,
  pack: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { directory } = repository;
  const git = await import('isomorphic-git');
  const pieces: Uint8Array[] = [];
  for await (const piece of pack) pieces.push(new Uint8Array(piece));
  const whole = Buffer.concat(pieces);
  const name = `pack-${whole.subarray(-20).toString('hex')}`;
  const filepath = `pack/${name}.pack`;
  await takeInPack(repository, async (folder) => {
    fs.writeFileSync(join(folder, filepath), whole);
    try {
      await git.indexPack({ fs, dir: folder, gitdir: directory, filepath });
    } catch (error) {
      throw corruptRepository(directory, 'what the server sent is no sound pack', { cause: error });
    }
  });
}
