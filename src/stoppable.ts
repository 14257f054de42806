// What long work takes that has no other options: a way to end it early.

export interface Stoppable {
  /** Where it is aborted, the work ends soon, with ABORTED, and leaves nothing behind. */
  readonly signal?: AbortSignal | undefined;
}
