// A small store whose files can be damaged one at a time and mended, with all that is known of it: for tests of what
// damage does.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { readLiveState } from '#src/live-state.js';
import { restore } from '#src/restore.js';
import { openSession } from '#src/session.js';
import { verify } from '#src/verify.js';
import { isSavepointError } from '#store/errors.js';
import { type DescribedTree, describeTree } from '../fixtures/describe-tree.js';
import {
  findWrongReads,
  makeSmallStore,
  readContent,
  type SmallStore,
  type StoreContent,
} from './small-store.js';

/** Listing points makes this file anew where it is damaged. */
const POINT_CACHE = 'cache/points';
const OPERATIONS = 'operations';

export interface Damage {
  readonly file: string;
  /** `undefined` for a file that is gone. */
  readonly bytes: Buffer | undefined;
}

export class Patient {
  readonly files: readonly string[];
  private readonly originals: ReadonlyMap<string, Buffer>;
  private readonly liveTrees: { files: string; attributes: string }[] = [];
  private readonly saved: DescribedTree;

  private constructor(
    private readonly store: SmallStore,
    private readonly content: StoreContent,
  ) {
    const files = readdirSync(store.location, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(store.location.length + 1));
    this.files = files.sort();
    this.originals = new Map(files.map((file) => [file, readFileSync(join(store.location, file))]));
    this.saved = describeTree(store.live);
  }

  static async make(seed: number, format: 'sha1' | 'sha256'): Promise<Patient> {
    const store = await makeSmallStore(seed, format);
    const patient = new Patient(store, await readContent(store.location));
    patient.liveTrees.push(await patient.readLiveTrees());
    return patient;
  }

  original(file: string): Buffer {
    return this.originals.get(file) as Buffer;
  }

  damage({ file, bytes }: Damage): void {
    const path = join(this.store.location, file);
    if (bytes === undefined) rmSync(path);
    else writeFileSync(path, bytes);
  }

  mend(file: string): void {
    for (const changed of [file, POINT_CACHE])
      writeFileSync(join(this.store.location, changed), this.original(changed));
  }

  /** The codes and files of what `verify` finds, or the code of the error that opening the store fails with. */
  async diagnose(): Promise<string[]> {
    const session = await openSession({ store: this.store.location }).catch((error) => {
      if (isSavepointError(error)) return error.code;
      throw error;
    });
    if (typeof session === 'string') return [session];
    const { problems, sound } = await verify(session, { data: true });
    await session.close();
    expect(sound).toBe(problems.length === 0);
    return problems.map(({ code, file }) => `${code} ${file}`);
  }

  /** How many reads failed; fails the test where one gives what was never written. */
  async read(): Promise<number> {
    const { wrong, failed } = await findWrongReads(this.store.location, this.content);
    expect(wrong).toEqual([]);
    return failed;
  }

  /** Whatever the stat cache says, the live tree is seen as it is. */
  async look(): Promise<void> {
    expect(await this.readLiveTrees()).toEqual(this.liveTrees[0]);
  }

  /** Each restored file is as it was saved, or nothing is restored at all. */
  async restore(): Promise<void> {
    const target = join(this.store.location, '..', 'restored');
    try {
      const session = await openSession({ store: this.store.location });
      await restore(session, this.store.points.at(-1) as string, { to: target });
      await session.close();
      const restored = describeTree(target);
      expect([...restored.keys()]).toEqual([...this.saved.keys()]);
      for (const [path, entry] of restored) expect([path, entry]).toEqual([path, this.saved.get(path)]);
    } catch (error) {
      if (!isSavepointError(error)) throw error;
      expect(readdirSync(join(target, '..')).includes('restored') ? readdirSync(target) : []).toEqual([]);
    } finally {
      rmSync(target, { recursive: true, force: true });
      this.forgetOperations();
    }
  }

  /** An entry that was logged behind a damaged one follows on that, and on nothing once it is mended. */
  private forgetOperations(): void {
    for (const name of readdirSync(join(this.store.location, OPERATIONS))) {
      if (!this.files.includes(`${OPERATIONS}/${name}`)) rmSync(join(this.store.location, OPERATIONS, name));
    }
  }

  private async readLiveTrees(): Promise<{ files: string; attributes: string }> {
    const session = await openSession({ store: this.store.location });
    const { components } = await readLiveState(session, componentsOfPaths([this.store.live]));
    await session.close();
    const { ids } = components.get('live') as { ids: { files: string; attributes: string } };
    return { files: ids.files, attributes: ids.attributes };
  }
}
