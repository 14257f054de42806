// Prints changes as a patch: bytes as they are, or, on a terminal, lines in colours. What a patch has no words for stands
// in comments before it.
import type { FileChange } from '../index.js';
import { colourPatch } from './colour-patch.js';
import { encodeBytes } from './encode-bytes.js';
import { escapeLines } from './escape-name.js';
import { patchComment } from './patch-comments.js';
import { describeNews, describeSizes } from './print-diff-stat.js';
import { type PatchMeans, readPatch } from './read-patch.js';

export class PatchPrinter {
  /** Whether a directory is empty shows with the next change. */
  private held: FileChange | undefined;

  constructor(private readonly means: PatchMeans) {}

  async add(change: FileChange): Promise<void> {
    const { held } = this;
    this.held = undefined;
    if (held !== undefined) await this.comment(held, !change.path.startsWith(`${held.path}/`));
    // What a directory has taken the place of goes with a patch.
    const isDirectory = (change.after ?? change.before)?.type === 'directory' && change.kind !== 'type';
    if (isDirectory) this.held = change;
    else {
      await this.comment(change, false);
      await this.print(change);
    }
  }

  async end(): Promise<void> {
    if (this.held !== undefined) await this.comment(this.held, true);
  }

  /** As it stands in a patch; prints no comment. */
  async print(change: FileChange): Promise<void> {
    const text = await readPatch(this.means, change);
    if (text !== undefined) return this.write(text);
    const { savepoint, signal } = this.means;
    await this.write((await savepoint.patch(change, { binary: 'named' })) ?? '');
    const growth = await savepoint.contentGrowth(change, { readLive: true, signal });
    await this.write(`# ${describeSizes(change.before, change.after)}${describeNews(growth)}\n`);
  }

  private async comment(change: FileChange, isEmpty: boolean): Promise<void> {
    const comment = patchComment(change, isEmpty);
    if (comment !== undefined) await this.write(`${comment}\n`);
  }

  private async write(text: string): Promise<void> {
    const { output } = this.means.context;
    if (text === '') return;
    if (!process.stdout.isTTY) return output.bytes(encodeBytes(text));
    if (text.startsWith('#')) {
      output.result(output.style.dim(escapeLines(text.slice(0, -1))));
      return;
    }
    for (const line of colourPatch(text, output.style)) {
      output.result(line);
      await output.settle();
    }
  }
}
