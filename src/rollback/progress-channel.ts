// The progress of one operation for any number of readers in this process: each reads from the beginning on, at its own pace,
// and what waits for it is never more than the latest event of each phase.
import type { RollbackPhase, RollbackProgress } from './rollback-progress.js';

interface Reader {
  readonly waiting: Map<RollbackPhase, RollbackProgress>;
  wake: () => void;
}

export class ProgressChannel {
  private readonly latest = new Map<RollbackPhase, RollbackProgress>();
  private readonly readers = new Set<Reader>();
  private ending: { readonly failure?: { readonly error: unknown } } | undefined;

  readonly tell = (progress: RollbackProgress): void => {
    this.latest.set(progress.phase, progress);
    for (const { waiting, wake } of this.readers) {
      waiting.set(progress.phase, progress);
      wake();
    }
  };

  /** Nothing more comes; what failed is thrown to the readers. */
  end(failure?: { readonly error: unknown }): void {
    this.ending = failure === undefined ? {} : { failure };
    for (const { wake } of this.readers) wake();
  }

  async *read(): AsyncGenerator<RollbackProgress, void, void> {
    const reader: Reader = { waiting: new Map(this.latest), wake: () => {} };
    this.readers.add(reader);
    try {
      for (;;) {
        for (const [phase, progress] of reader.waiting) {
          reader.waiting.delete(phase);
          yield progress;
        }
        if (this.ending?.failure !== undefined) throw this.ending.failure.error;
        if (this.ending !== undefined) return;
        await new Promise<void>((resolve) => {
          reader.wake = resolve;
        });
      }
    } finally {
      this.readers.delete(reader);
    }
  }
}
