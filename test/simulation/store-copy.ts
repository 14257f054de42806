// A copy of a small store that a test may damage, and what a user would do with it: verify, repair, save, restore.
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { restore } from '#src/restore.js';
import { type SaveResult, save } from '#src/save.js';
import { openSession, type Session } from '#src/session.js';
import { type VerifyReport, verify } from '#src/verify.js';
import { expectSameTree } from '../fixtures/compare-trees.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { findWrongReads, type SmallStore, type StoreContent } from './small-store.js';

export const NOTHING_WRONG = { wrong: [], failed: 0 };

export class StoreCopy {
  readonly location: string;

  constructor(
    readonly model: SmallStore,
    readonly content: StoreContent,
  ) {
    this.location = join(createTemporaryDirectory({ tmpfsSizeBytes: 64 << 20 }), 'store');
    this.renew();
  }

  /** Makes all damage undone. */
  renew(): void {
    rmSync(this.location, { recursive: true, force: true });
    cpSync(this.model.location, this.location, { recursive: true });
  }

  async use<T>(action: (session: Session) => Promise<T>): Promise<T> {
    const session = await openSession({ store: this.location });
    try {
      return await action(session);
    } finally {
      await session.close();
    }
  }

  check(): Promise<VerifyReport> {
    return this.use((session) => verify(session, { data: true }));
  }

  repair(): Promise<VerifyReport> {
    return this.use((session) => verify(session, { data: true, repair: true }));
  }

  /** Saves the live tree, which is as it was saved last. */
  saveLive(): Promise<SaveResult> {
    return this.use((session) => save(session, componentsOfPaths([this.model.live])));
  }

  readAll(): Promise<{ wrong: string[]; failed: number }> {
    return findWrongReads(this.location, this.content);
  }

  /** Fails the test unless `point`, which was made of the live tree as it is, restores whole. */
  async expectRestores(point: string): Promise<void> {
    const target = join(createTemporaryDirectory(), 'restored');
    const { components } = await this.use((session) => restore(session, point, { to: target }));
    expect(components.flatMap(({ problems }) => problems)).toEqual([]);
    expectSameTree(this.model.live, target);
  }

  pathOf(file: string): string {
    return join(this.location, file);
  }

  filesIn(folder: string): string[] {
    return readdirSync(this.pathOf(folder)).map((name) => `${folder}/${name}`);
  }

  /** Flips a bit of the byte at `offset` of a file; from its end where that is negative. */
  damage(file: string, offset: number): void {
    const bytes = readFileSync(this.pathOf(file));
    bytes[offset < 0 ? bytes.length + offset : offset] ^= 16;
    writeFileSync(this.pathOf(file), bytes);
  }

  remove(file: string): void {
    rmSync(this.pathOf(file), { recursive: true });
  }
}
