// Room that is kept free for the way back of a guarded change: what a change fills the disk with must not keep its states
// from being written down.
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Session } from '../session.js';

const NAME = 'guard/ballast';
const BYTES = 16 << 20;

/** Takes the room, where there is that much. */
export function takeBallast({ location }: Session): void {
  const path = join(location, NAME);
  try {
    const descriptor = openSync(path, 'w', 0o600);
    try {
      writeSync(descriptor, Buffer.alloc(BYTES));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    rmSync(path, { force: true });
  }
}

/** Gives the room back, once it is needed or no longer needed. */
export function dropBallast({ location }: Session): void {
  try {
    rmSync(join(location, NAME), { force: true });
  } catch (error) {
    // Then it can't be used, either.
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
  }
}
