// A file of a volume as it stands at one instant, on its way into a point or a comparison: plain values, and for contents
// where they come from.
import type { ObjectId } from '../../../store/object-id.js';
import type { DirectoryIds, FileAttributes } from '../../composition.js';
import type { OwnerNames } from '../../directory-listing.js';
import type { ViewNode } from '../point-view.js';

export interface VolumeFile {
  readonly attributes: FileAttributes;
  /** The names of its owner and group, where the point knew them. */
  readonly owners: OwnerNames | undefined;
  /** What it was in the point that the volume was mounted from. */
  readonly origin: ViewNode | undefined;
  /** Whether it is as it was, with all that is below it. */
  readonly isSame: boolean;
  readonly content: VolumeContent;
}

export type VolumeContent =
  /** A file or a link whose content the store has. */
  | { readonly kind: 'stored'; readonly id: ObjectId }
  /** A directory whose trees the store has: they tell of all that is in it. */
  | { readonly kind: 'tree'; readonly ids: DirectoryIds }
  | { readonly kind: 'directory'; readonly files: ReadonlyMap<string, VolumeFile> }
  /** A file, or the target of a link. */
  | ({ readonly kind: 'bytes' } & FileBytes)
  /** A device node or a FIFO. */
  | { readonly kind: 'nothing' };

export interface FileBytes {
  readonly sizeBytes: number;
  readonly read: () => Uint8Array;
}
