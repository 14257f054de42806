// A rename works within one file system only: steps below a mount point inside the restored root are carried out by
// themselves, with the mount point as their root.
import { readStatus } from '../node/posix-status.js';
import { joinPath } from './node-path.js';
import type { RestoreStep } from './restore-step.js';
import { STATUS_WORDS, WORD } from './status-words.js';

export interface MountedSteps {
  /** Absolute. */
  readonly root: string;
  /** With paths relative to this root. */
  readonly steps: readonly RestoreStep[];
}

/** `steps` by the file system that they happen on; those of `root` itself come first. */
export function splitByMount(root: string, steps: readonly RestoreStep[]): MountedSteps[] {
  const mounts = new MountFinder(root);
  const groups = new Map<string, RestoreStep[]>([['', []]]);
  for (const step of steps) {
    const mount = mounts.mountOf(step.path);
    const group = groups.get(mount) ?? [];
    groups.set(mount, group);
    group.push(mount === '' ? step : relativeTo(mount, step));
  }
  return [...groups].map(([mount, members]) => ({ root: joinPath(root, mount), steps: members }));
}

class MountFinder {
  private readonly words = new Int32Array(STATUS_WORDS);
  private readonly mounts = new Map<string, string>();
  private readonly device: number | undefined;

  constructor(private readonly root: string) {
    this.device = this.deviceOf('');
  }

  /** The mount point on which the entry at `path` is made, relative to the root; '' for the root's own file system. */
  mountOf(path: string): string {
    const slash = path.lastIndexOf('/');
    return slash < 0 ? '' : this.mountOfDirectory(path.slice(0, slash));
  }

  private mountOfDirectory(directory: string): string {
    const known = this.mounts.get(directory);
    if (known !== undefined) return known;
    const above = this.mountOf(directory);
    const device = this.deviceOf(directory);
    const same = device === undefined || device === this.deviceOf(above);
    const mount = same ? above : device === this.device ? '' : directory;
    this.mounts.set(directory, mount);
    return mount;
  }

  /** `undefined` where there is nothing yet: what is made anew is on the file system of its parent. */
  private deviceOf(path: string): number | undefined {
    if (readStatus(joinPath(this.root, path), this.words, 0) !== 0) return undefined;
    return this.words[WORD.device];
  }
}

function relativeTo(mount: string, step: RestoreStep): RestoreStep {
  const path = step.path.slice(mount.length + 1);
  if (step.do !== 'create' && step.do !== 'replace') return { ...step, path };
  const { link } = step.attributes;
  if (link === undefined || !link.startsWith(`${mount}/`)) return { ...step, path };
  return { ...step, path, attributes: { ...step.attributes, link: link.slice(mount.length + 1) } };
}
