// Directories beneath an open one, kept open while they are in use. Each is opened name by name without following a
// symbolic link, so that what is planted on the way can't lead a write astray; and no path gets too long.
import { closeDescriptor, openDirectoryBeneath } from '../node/posix-directory.js';
import type { Place } from '../node/posix-place.js';

const MOST_OPEN = 16;

export class OpenFolders {
  private readonly open = new Map<string, number>();

  constructor(private readonly root: number) {}

  /** The directory of `path`, open, and its last name. The place is good until the next call. */
  placeOf(path: string): Place {
    const slash = path.lastIndexOf('/');
    return {
      directory: this.descriptorFor(slash < 0 ? '' : path.slice(0, slash)),
      name: path.slice(slash + 1),
    };
  }

  /** The descriptor of the directory at `path`, good until the next call. */
  descriptorOf(path: string): number {
    return this.descriptorFor(path);
  }

  /** Forgets what may have moved. */
  close(): void {
    for (const descriptor of this.open.values()) closeDescriptor(descriptor);
    this.open.clear();
  }

  private descriptorFor(path: string): number {
    if (path === '') return this.root;
    const known = this.open.get(path);
    if (known !== undefined) {
      this.open.delete(path);
      this.open.set(path, known);
      return known;
    }
    const descriptor = this.openBeneathNearest(path);
    this.open.set(path, descriptor);
    for (const [oldest, stale] of this.open) {
      if (this.open.size <= MOST_OPEN) break;
      this.open.delete(oldest);
      closeDescriptor(stale);
    }
    return descriptor;
  }

  private openBeneathNearest(path: string): number {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const nearest = path.slice(0, end);
      const near = this.open.get(nearest);
      if (near === undefined) continue;
      // Used just now: what is below it may come next.
      this.open.delete(nearest);
      this.open.set(nearest, near);
      return openDirectoryBeneath(near, path.slice(end + 1));
    }
    return openDirectoryBeneath(this.root, path);
  }
}
