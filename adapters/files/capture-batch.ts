// What the walk hands to a capturing thread, and what comes back: plain data, cheap to send between threads.
import type { ObjectId } from '../../store/object-id.js';
import { closeDescriptor, openDirectory } from '../node/posix-directory.js';
import type { ExtraAttributes } from './attributes.js';
import type { FileCapturer } from './capture-file.js';
import { joinPath } from './node-path.js';
import { OpenFolders } from './open-folders.js';
import { STATUS_WORDS } from './status-words.js';

/** Files to capture, in the order of the walk. */
export interface FileBatch {
  /** The absolute path of the directory that all others are relative to. */
  readonly root: string;
  /** Relative paths, joined by NUL. */
  readonly paths: string;
  /** STATUS_WORDS words a file. */
  readonly words: Int32Array;
}

/** Why a file could not be captured, or not as it was. */
export interface FileProblem {
  readonly path: string;
  /** The system's code (EACCES, ENOENT, …), or ECHANGED. */
  readonly code: string;
  readonly message: string;
  /** The file is part of the point all the same, with content that may be of no single moment. */
  readonly captured: boolean;
}

export interface BatchResult {
  /** An id a file, in the batch's order, joined; a file that could not be captured has blanks. */
  readonly ids: string;
  readonly extras: readonly (readonly [index: number, extras: ExtraAttributes])[];
  readonly newWords: readonly (readonly [index: number, words: Int32Array])[];
  readonly problems: readonly FileProblem[];
  /** Which of them are databases of SQLite's, and whether these went on changing. */
  readonly databases: readonly (readonly [index: number, unstable: boolean])[];
}

/** Captures all files of a batch; a file that cannot be captured is reported and does not stop the others. */
export async function captureBatch(
  capturer: FileCapturer,
  batch: FileBatch,
  idLength: number,
): Promise<BatchResult> {
  let root: number;
  try {
    root = openDirectory(batch.root);
  } catch (error) {
    return lostBatch(batch, idLength, error);
  }
  const folders = new OpenFolders(root);
  try {
    return await captureBeneath({ capturer, folders, idLength }, batch);
  } finally {
    folders.close();
    closeDescriptor(root);
  }
}

async function captureBeneath(
  { capturer, folders, idLength }: { capturer: FileCapturer; folders: OpenFolders; idLength: number },
  batch: FileBatch,
): Promise<BatchResult> {
  const ids: string[] = [];
  const extras: [number, ExtraAttributes][] = [];
  const newWords: [number, Int32Array][] = [];
  const problems: FileProblem[] = [];
  const databases: [number, boolean][] = [];
  const paths = batch.paths.split('\0');
  for (let index = 0; index < paths.length; index++) {
    try {
      const at = index * STATUS_WORDS;
      const captured =
        capturer.captureNow(folders.placeOf(paths[index]), batch.words, at) ??
        (await capturer.capture(folders.placeOf(paths[index]), batch.words, at));
      ids.push(captured.id);
      if (captured.extras !== undefined) extras.push([index, captured.extras]);
      if (captured.newWords !== undefined) newWords.push([index, captured.newWords]);
      if (captured.isDatabase) databases.push([index, captured.unstable]);
      else if (captured.unstable) problems.push(unstableFile(joinPath(batch.root, paths[index])));
    } catch (error) {
      problems.push(fileProblem(joinPath(batch.root, paths[index]), error));
      ids.push(' '.repeat(idLength));
    }
  }
  return { ids: ids.join(''), extras, newWords, problems, databases };
}

/** The directory that everything was found in is gone, or may not be entered any more. */
function lostBatch(batch: FileBatch, idLength: number, error: unknown): BatchResult {
  const problems = batch.paths.split('\0').map((path) => fileProblem(joinPath(batch.root, path), error));
  return { ids: ' '.repeat(idLength * problems.length), extras: [], newWords: [], problems, databases: [] };
}

/** The id of file `index` of a batch; `undefined` where it could not be captured. */
export function batchId(result: BatchResult, index: number, idLength: number): ObjectId | undefined {
  const id = result.ids.slice(index * idLength, (index + 1) * idLength);
  return id.startsWith(' ') ? undefined : (id as ObjectId);
}

/** The problem that a failed system call makes of a file. Anything else is thrown on: it is no single file's fault. */
export function fileProblem(path: string, error: unknown): FileProblem {
  const code = systemCode(error);
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code) || NOT_OF_THE_FILE.has(code)) throw error;
  return { path, code, message: WORDING[code] ?? (error as Error).message, captured: false };
}

/** The problem of a file that is saved, and went on changing. */
export function unstableFile(path: string): FileProblem {
  return {
    path,
    code: 'ECHANGED',
    message: 'changed while it was read, three times; what was read last is saved',
    captured: true,
  };
}

/** These say something of this process or this system, and not of the file. */
const NOT_OF_THE_FILE = new Set([
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ENOSPC',
  'EDQUOT',
  'ENOSYS',
  'EFAULT',
  'EBADF',
]);

const WORDING: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOENT: 'vanished while it was saved',
  ENOTDIR: 'vanished while it was saved: a parent is no longer a directory',
  ELOOP: 'was replaced by a symbolic link while it was saved',
  ESPIPE: 'was replaced by a pipe while it was saved',
  EIO: 'cannot be read: the medium reports an error',
  ECHANGED: 'went on changing while it was read',
  EUNSIZED: 'is empty by its size and has content, as files below /proc and /sys do',
};

function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, fields } = error as { code?: unknown; fields?: { errno?: unknown } };
  if (typeof fields?.errno === 'string') return fields.errno;
  return typeof code === 'string' ? code : undefined;
}
