// A view of the host in which changes that are staged stand in place already, to run programs in: their directories are covered
// by overlays in a mount namespace of its own. Nothing of it is seen outside, and nothing is left when it ends, however it ends.
import { lstatSync } from 'node:fs';
import { isWellFormed } from '../../store/names.js';
import { joinPath, nodePath } from '../files/node-path.js';
import type { StagedView } from '../state/state-adapter.js';
import { type MountNamespace, openMountNamespace } from './mount-namespace.js';
import { putChanges, type StagedChange, takeAttributes, UnreachableChange } from './staged-change.js';
import { planStagedRoots, type StagedRoot } from './staged-roots.js';
import { toSystemError } from './system-files.js';

export type { StagedChange } from './staged-change.js';

export interface OpenStagedView extends StagedView {
  /** Whether programs can be run in it; where not, `run` answers `undefined`. */
  readonly isAvailable: boolean;
  close(): Promise<void>;
}

/** Files are read through it, too. */
const MOST_OUTPUT_CHARACTERS = 64 << 20;

/**
 * Makes the view; it has to be closed. Sources are read while it is made. Where overlays can't be had, files that replace
 * files are mounted over them one by one. Throws a coded error where a source can't be read.
 */
export async function openStagedView(changes: readonly StagedChange[]): Promise<OpenStagedView> {
  const namespace = (await tryView(changes, coverRoots)) ?? (await tryView(changes, mountFiles));
  return {
    isAvailable: namespace !== undefined,
    async run(program, args) {
      const result = await namespace?.run(program, args);
      if (result === undefined) return undefined;
      const output = `${result.stdout.toString('utf8')}${result.stderr}`.trim();
      return { exitCode: result.exitCode, output: output.slice(-MOST_OUTPUT_CHARACTERS) };
    },
    close: async () => namespace?.close(),
  };
}

type Preparation = (namespace: MountNamespace, changes: readonly StagedChange[]) => Promise<boolean>;

async function tryView(
  changes: readonly StagedChange[],
  prepare: Preparation,
): Promise<MountNamespace | undefined> {
  const namespace = await openMountNamespace();
  if (namespace === undefined) return undefined;
  let isPrepared = false;
  try {
    isPrepared = await prepare(namespace, changes);
    return isPrepared ? namespace : undefined;
  } finally {
    if (!isPrepared) await namespace.close();
  }
}

async function coverRoots(namespace: MountNamespace, changes: readonly StagedChange[]): Promise<boolean> {
  const roots = planStagedRoots(changes);
  if (roots === undefined) return false;
  for (const root of roots) {
    if (!(await coverRoot(namespace, root))) return false;
  }
  return true;
}

/** Directories that every host has, of which one is covered while an overlay is made, and is there again when it is done. */
const WORKSHOPS = ['/tmp', '/run', '/var/tmp', '/mnt'];

const COVER = `
  root=$1 workshop=$2
  mount -t tmpfs -o mode=0700 savepoint "$workshop"
  cd -- "$workshop"
  mkdir lower upper work merged
  mount --rbind "$root" lower
  mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work savepoint merged
`;

/** What is mounted below the directory is mounted into the overlay as well, and that in place of the directory. */
const UNCOVER = `
  root=$1 workshop=$2
  shift 2
  cd -- "$workshop"
  for mount; do
    mount --rbind "lower/$mount" "merged/$mount"
  done
  mount --rbind merged "$root"
  cd /
  umount --lazy "$workshop"
`;

async function coverRoot(namespace: MountNamespace, { root, changes, mounts }: StagedRoot): Promise<boolean> {
  const workshop = WORKSHOPS.find((path) => isApart(path, root));
  if (workshop === undefined || !(await runScript(namespace, COVER, [root, workshop]))) return false;
  const inside = joinPath(namespace.root, workshop.slice(1));
  const copy = joinPath(inside, 'merged');
  try {
    takeAttributes(joinPath(inside, 'lower'), copy);
    putChanges(changes, { root, copy });
  } catch (error) {
    if (isRefusal(error)) return false;
    throw toSystemError(error);
  }
  return runScript(namespace, UNCOVER, [root, workshop, ...mounts]);
}

function isApart(directory: string, root: string): boolean {
  if (`${root}/`.startsWith(`${directory}/`) || directory.startsWith(`${root}/`)) return false;
  return lstatSync(directory, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Where the copies don't fit into memory, or what the host does not let be copied. */
function isRefusal(error: unknown): boolean {
  if (error instanceof UnreachableChange) return true;
  return ['ENOSPC', 'EXDEV', 'EOPNOTSUPP', 'EPERM', 'EINVAL'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  );
}

const MOUNT_FILES = `
  while [ $# -gt 1 ]; do
    mount --bind "$1" "$2"
    shift 2
  done
`;

async function mountFiles(namespace: MountNamespace, changes: readonly StagedChange[]): Promise<boolean> {
  const pairs: string[] = [];
  for (const { path, type, source } of changes) {
    if (type !== 'file' || source === undefined || !isWellFormed(path) || !isWellFormed(source)) return false;
    if (lstatSync(nodePath(path), { throwIfNoEntry: false })?.isFile() !== true) return false;
    pairs.push(source, path);
  }
  return runScript(namespace, MOUNT_FILES, pairs);
}

async function runScript(
  namespace: MountNamespace,
  script: string,
  args: readonly string[],
): Promise<boolean> {
  const result = await namespace.run('sh', ['-euc', script, 'sh', ...args]);
  return result?.exitCode === 0;
}
