// What a change of system files has made so far, in order, so that all of it can be taken back.
import { chmodSync, existsSync, readFileSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DurableFolder, syncFolder, type UnfinishedFile } from '../backends/durable-write.js';
import { makeDirectories, missingDirectories, removeEmptyDirectories } from '../node/make-directories.js';

export interface NewFile {
  readonly path: string;
  readonly content: Uint8Array;
  /** The content of the file that it takes the place of; there is none where this is missing. */
  readonly replaces?: Uint8Array;
}

export interface NewLink {
  readonly path: string;
  readonly target: string;
}

/** Unfinished files are in such a directory beside their target: apt and systemd pass over it. */
export const STAGING = '.savepoint-install';

const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;

export class MadeFiles {
  private readonly undo: (() => Promise<void> | void)[] = [];
  private readonly staging = new Set<string>();

  /** Writes a file that nobody sees. */
  async stage({ path, content }: NewFile): Promise<UnfinishedFile> {
    const directory = dirname(path);
    await this.makeDirectory(directory);
    const staging = join(directory, STAGING);
    this.staging.add(staging);
    const unfinished = await new DurableFolder(directory, staging).begin();
    try {
      unfinished.write(content);
      chmodSync(unfinished.path, FILE_MODE);
      return unfinished;
    } catch (error) {
      unfinished.discard();
      throw error;
    }
  }

  async link({ path, target }: NewLink): Promise<void> {
    await this.makeDirectory(dirname(path));
    symlinkSync(target, path);
    this.undo.push(() => unlinkSync(path));
    await syncFolder(dirname(path));
  }

  /** Gives a staged file its name; answers false where a new one's name is taken. */
  async publish({ path, content, replaces }: NewFile, unfinished: UnfinishedFile): Promise<boolean> {
    if (replaces !== undefined) {
      this.undo.push(async () => (await this.stage({ path, content: replaces })).replace(path));
      await unfinished.replace(path);
      return true;
    }
    this.undo.push(() => {
      if (existsSync(path) && readFileSync(path).equals(content)) unlinkSync(path);
    });
    if (await unfinished.create(path)) return true;
    this.undo.pop();
    return false;
  }

  /** Undoes all that can be undone, the last first; answers what went wrong with that. */
  async takeBack(): Promise<unknown[]> {
    const failures: unknown[] = [];
    for (const step of this.undo.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    this.removeStaging();
    return failures;
  }

  removeStaging(): void {
    removeEmptyDirectories([...this.staging]);
  }

  private async makeDirectory(directory: string): Promise<void> {
    const missing = missingDirectories(directory);
    if (missing.length === 0) return;
    this.undo.push(() => {
      this.removeStaging();
      removeEmptyDirectories(missing);
    });
    makeDirectories(directory, DIRECTORY_MODE);
    for (const path of missing) {
      // Whatever the umask is: others have to read what is in it.
      chmodSync(path, DIRECTORY_MODE);
      await syncFolder(dirname(path));
    }
  }
}
