// A byte of a store that is not as it was written is reported by `verify`, and never read as if it were: in every file
// of the store, for flipped bits, cut ends, and files that are empty or gone.
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { componentsOfPaths } from '#src/components.js';
import { readLiveState } from '#src/live-state.js';
import { restore } from '#src/restore.js';
import { openSession } from '#src/session.js';
import { type VerifyReport, verify } from '#src/verify.js';
import { isSavepointError } from '#store/errors.js';
import { describeTree } from '../fixtures/describe-tree.js';
import { createRandom, type SeededRandom } from '../fixtures/seeded-random.js';
import { createTemporaryDirectory } from '../fixtures/temporary-directory.js';
import { chooseSeeds } from './choose-seeds.js';
import { findWrongReads, makeSmallStore, readContent, type SmallStore, type StoreContent } from './small-store.js';
