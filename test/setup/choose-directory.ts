// Before each test file, in its own process: its temporary directories are in memory, unless it is about disks.
import { expect } from 'vitest';
import { isAboutDisks, MEMORY_DIRECTORY } from './memory-directory.js';

const memory = process.env[MEMORY_DIRECTORY];
if (memory !== undefined && !isAboutDisks(expect.getState().testPath ?? '')) process.env.TMPDIR = memory;
