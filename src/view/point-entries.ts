// A point as entries that file systems are made of.
import { constants } from 'node:fs';
import { SavepointError } from '../../store/errors.js';
import { decodeName } from '../../store/names.js';
import type { StoredFileType } from '../composition.js';
import type { ByteRange, LazyChildEntries, LazyEntry, ModifiedTime } from './lazy-entry.js';
import type { PointView, ViewNode } from './point-view.js';

const WHOLE: ByteRange = { offset: 0, lengthBytes: Number.MAX_SAFE_INTEGER };

export const TYPE_BITS: Readonly<Record<StoredFileType, number>> = {
  file: constants.S_IFREG,
  directory: constants.S_IFDIR,
  symlink: constants.S_IFLNK,
  fifo: constants.S_IFIFO,
  'character-device': constants.S_IFCHR,
  'block-device': constants.S_IFBLK,
};

/** A view that can be closed: what is read of it afterwards is refused, not misread. */
export class OpenPoint {
  private isClosed = false;

  /** `letGo` is called once, when it is closed: the view itself is closed unless it says otherwise. */
  constructor(
    private readonly view: PointView,
    private readonly letGo: () => void = () => view.reader.close(),
  ) {}

  root(): PointEntry {
    return new PointEntry(this, this.view.root);
  }

  /** The view, for as long as it is open. Throws USAGE afterwards. */
  use(): PointView {
    if (!this.isClosed) return this.view;
    throw new SavepointError('USAGE', 'The point was let go of: open it again to read more of it.');
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.letGo();
  }
}

export class PointEntry implements LazyEntry {
  constructor(
    private readonly point: OpenPoint,
    readonly node: ViewNode,
  ) {}

  get path(): string {
    return `/${this.node.path}`;
  }

  get file(): string {
    return this.node.file;
  }

  get mode(): number {
    return TYPE_BITS[this.node.type] | this.node.attributes.mode;
  }

  get userId(): number {
    return this.node.attributes.userId;
  }

  get groupId(): number {
    return this.node.attributes.groupId;
  }

  get modified(): ModifiedTime {
    const { modifiedSeconds: seconds, modifiedNanoseconds: nanoseconds } = this.node.attributes;
    return { seconds, nanoseconds };
  }

  /** As glibc spreads the bits (gnu_dev_makedev), which is what node:fs shows. */
  get deviceNumber(): number {
    const [major, minor] = this.node.attributes.device ?? [0, 0];
    return (((minor & 0xfff00) << 12) | (major << 8) | (minor & 0xff)) >>> 0;
  }

  linkCount(): number {
    return this.point.use().linkCount(this.node);
  }

  sizeBytes(): number {
    return this.point.use().sizeBytes(this.node);
  }

  read(range: ByteRange): Uint8Array {
    return this.point.use().read(this.node, range);
  }

  target(): string {
    return decodeName(this.point.use().read(this.node, WHOLE));
  }

  children(): LazyChildEntries {
    const listing = this.point.use().list(this.node);
    return {
      get: (name) => {
        const node = listing.get(name);
        return node === undefined ? undefined : new PointEntry(this.point, node);
      },
      keys: () => listing.keys(),
    };
  }
}
