// A rename works within one mount only: steps below a mount point inside the restored root are carried out by
// themselves, with the mount point as their root.
import { readFileSync } from 'node:fs';
import { decodeName } from '../../store/names.js';
import { readStatus } from '../node/posix-status.js';
import { joinPath } from './node-path.js';
import type { RestoreStep } from './restore-step.js';
import { fileType, STATUS_WORDS, WORD } from './status-words.js';

export interface MountedSteps {
  /** The mount point, relative to the restored root; '' for the root's own mount. */
  readonly mount: string;
  /** With paths relative to the mount point. */
  readonly steps: readonly RestoreStep[];
}

/** `steps` by the mount that they happen on; those of `root` itself come first. */
export function splitByMount(root: string, steps: readonly RestoreStep[]): MountedSteps[] {
  const mounts = new MountFinder(root);
  const groups = new Map<string, RestoreStep[]>([['', []]]);
  for (const step of steps) {
    const mount = mounts.mountOf(step.path);
    const group = groups.get(mount) ?? [];
    groups.set(mount, group);
    group.push(relativeTo(mount, step, mounts));
  }
  return [...groups].map(([mount, members]) => ({ mount, steps: members }));
}

class MountFinder {
  private readonly words = new Int32Array(STATUS_WORDS);
  private readonly mounts = new Map<string, string>();
  private readonly mountPoints = readMountPoints();

  constructor(private readonly root: string) {}

  /** The mount point on which the entry at `path` is made, relative to the root; '' for the root's own mount. */
  mountOf(path: string): string {
    const slash = path.lastIndexOf('/');
    return slash < 0 ? '' : this.mountOfDirectory(path.slice(0, slash));
  }

  private mountOfDirectory(directory: string): string {
    const known = this.mounts.get(directory);
    if (known !== undefined) return known;
    const mount = this.isMountPoint(directory) ? directory : this.mountOf(directory);
    this.mounts.set(directory, mount);
    return mount;
  }

  /** A directory of the same device may be mounted there, too; and a subvolume has a device of its own. */
  private isMountPoint(directory: string): boolean {
    if (this.mountPoints.has(joinPath(this.root, directory))) return true;
    const slash = directory.lastIndexOf('/');
    const parent = this.deviceOf(slash < 0 ? '' : directory.slice(0, slash));
    const device = this.deviceOf(directory);
    return parent !== undefined && device !== undefined && device !== parent;
  }

  /**
   * `undefined` where there is no directory yet: what is made anew is on the file system of its parent, and a link that
   * stands there now leads to what is none of it.
   */
  private deviceOf(path: string): number | undefined {
    if (readStatus(joinPath(this.root, path), this.words, 0) !== 0) return undefined;
    if (fileType(this.words[WORD.mode]) !== 'directory') return undefined;
    return this.words[WORD.device];
  }
}

/** Where something is mounted, as far as this process is told: see proc(5) on mountinfo. */
export function readMountPoints(): ReadonlySet<string> {
  try {
    const lines = readFileSync('/proc/self/mountinfo', 'latin1').split('\n');
    return new Set(lines.filter((line) => line !== '').map((line) => unescapePath(line.split(' ')[4])));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Set();
    throw error;
  }
}

/** The kernel writes blanks, line ends and backslashes as a backslash and three octal digits. */
function unescapePath(text: string): string {
  const bytes = text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
  return decodeName(Buffer.from(bytes, 'latin1'));
}

/** A file can't be linked to one on another mount: then it stands alone. */
function relativeTo(mount: string, step: RestoreStep, mounts: MountFinder): RestoreStep {
  const isMade = step.do === 'create' || step.do === 'replace';
  if (mount === '' && !(isMade && step.attributes.link !== undefined)) return step;
  const start = mount === '' ? 0 : mount.length + 1;
  const path = step.path.slice(start);
  if (!isMade) return { ...step, path };
  const { link, ...alone } = step.attributes;
  if (link === undefined) return { ...step, path };
  const isReachable = mounts.mountOf(link) === mount;
  return { ...step, path, attributes: isReachable ? { ...alone, link: link.slice(start) } : alone };
}
