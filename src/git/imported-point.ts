// What is asked of an import, and what it says of each point.

export interface GitImportOptions {
  /** The tags to make points of; all where it is missing or empty. */
  readonly tags?: readonly string[];
  /** The name of the component that has the files; the repository's unless set. Exported points keep theirs. */
  readonly component?: string;
  /** The directory into which the files are restored in place; where the repository's are checked out unless set. */
  readonly origin?: string;
  /** What the names of points begin with, before the names of the tags. */
  readonly prefix?: string;
  /** The words of the command line, for the operation log. */
  readonly command?: readonly string[];
  readonly onProgress?: (progress: GitImportProgress) => void;
  readonly signal?: AbortSignal;
}

export interface GitImportProgress {
  readonly tag: string;
  /** How many files were read so far, and their bytes. */
  readonly files: number;
  readonly bytes: number;
}

export interface ImportedPoint {
  /** The point's name. */
  readonly name: string;
  readonly id: string;
  readonly tag: string;
  /** It came; was there already, and stays as it is; or was there, but removed. */
  readonly outcome: 'added' | 'present' | 'recovered';
  /** Whether it is a point that was exported, and not made of the tag. */
  readonly exported: boolean;
}
