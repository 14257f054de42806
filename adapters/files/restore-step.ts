// What has to be done to turn a directory tree into another one: plain data, ordered so that parents come first.
import type { ObjectId } from '../../store/object-id.js';
import type { FileAttributes } from './attributes.js';

/** Paths are relative to the restored root; '' is the root itself. */
export type RestoreStep =
  | {
      /** Makes what is not there, or takes the place of what is. */
      readonly do: 'create' | 'replace';
      readonly path: string;
      readonly attributes: FileAttributes;
      /** The content of a regular file, or the target of a symbolic link. */
      readonly id: ObjectId | undefined;
      /** How long the content of a regular file is, where that was asked for. */
      readonly sizeBytes?: number;
      /** Whether a directory stands in the way, all of whose content is removed by steps of its own. */
      readonly overDirectory: boolean;
    }
  | { readonly do: 'attributes'; readonly path: string; readonly attributes: FileAttributes }
  | {
      readonly do: 'remove';
      readonly path: string;
      readonly type: string;
      /** It goes before anything else takes its place: it belongs to a database whose file is replaced, or goes, too. */
      readonly isFirst?: true;
    };

/** A step that could not be done; the others were. */
export interface RestoreProblem {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}
