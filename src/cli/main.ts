#!/usr/bin/env node
// The program `savepoint`. The only file that knows exit codes; whatever a command needs is loaded when it runs, and
// `--version` loads nothing else.
import { readVersion } from './read-version.js';
import type { Ending, FailureCode } from './run-command-line.js';

const DONE = 0;
const FAILED = 1;
const USAGE = 2;
const NOT_FOUND = 3;
const CORRUPT = 4;
const CONFLICT = 5;
const INCOMPLETE = 6;
const REVERTED = 10;
const INCONSISTENT = 20;
const WAITING = 30;
/** As a shell reports a program that a signal ended. */
const SIGNAL_BASE = 128;

const FAILURE_CODES: Readonly<Record<FailureCode, number>> = {
  USAGE,
  INVALID_NAME: USAGE,
  POINT_NOT_FOUND: NOT_FOUND,
  PATH_NOT_FOUND: NOT_FOUND,
  COMPONENT_NOT_FOUND: NOT_FOUND,
  AMBIGUOUS_NAME: NOT_FOUND,
  STORE_CORRUPT: CORRUPT,
  OBJECT_MISSING: CORRUPT,
  OBJECT_CORRUPT: CORRUPT,
  BLOCK_CORRUPT: CORRUPT,
  PACK_CORRUPT: CORRUPT,
  PACK_MISSING: CORRUPT,
  INDEX_CORRUPT: CORRUPT,
  REF_CORRUPT: CORRUPT,
  LOG_CORRUPT: CORRUPT,
  JOURNAL_CORRUPT: CORRUPT,
  BUNDLE_CORRUPT: CORRUPT,
  BUNDLE_NEWER: FAILED,
  BUNDLE_MISMATCH: FAILED,
  BUNDLE_BASE_MISSING: NOT_FOUND,
  REPOSITORY_NOT_FOUND: NOT_FOUND,
  REPOSITORY_CORRUPT: CORRUPT,
  TAG_NOT_FOUND: NOT_FOUND,
  REMOTE_UNREACHABLE: FAILED,
  REMOTE_NOT_FOUND: NOT_FOUND,
  REMOTE_LOGIN_FAILED: FAILED,
  REMOTE_FAILED: FAILED,
  REMOTE_REFUSED: FAILED,
  REMOTE_CONFLICT: CONFLICT,
  NAME_TAKEN: CONFLICT,
  POINT_PINNED: CONFLICT,
  STORE_EXISTS: CONFLICT,
  REF_MOVED: CONFLICT,
  TARGET_CONFLICT: CONFLICT,
  CONFIG_INVALID: USAGE,
  LOCKED: CONFLICT,
  STORE_REPAIRED: CONFLICT,
  RECOVERY_NEEDED: CONFLICT,
  STEP_CONFLICT: CONFLICT,
  QUARANTINED: CONFLICT,
  UNTRUSTED: CONFLICT,
  INCOMPLETE,
  NOTHING_TO_UNDO: NOT_FOUND,
  NOTHING_GUARDED: NOT_FOUND,
  OPERATION_NOT_FOUND: NOT_FOUND,
  STORE_NOT_FOUND: FAILED,
  STORE_NEWER: FAILED,
  STORE_READ_ONLY: FAILED,
  STORAGE_FULL: FAILED,
  STORAGE_FAILED: FAILED,
  CODEC_UNSUPPORTED: FAILED,
  PERMISSION_DENIED: FAILED,
  ABORTED: FAILED,
  ADDRESS_UNAVAILABLE: CONFLICT,
  PROGRAM_MISSING: FAILED,
  PROGRAM_FAILED: FAILED,
  STATE_UNREADABLE: FAILED,
  STATE_REFUSED: FAILED,
  STATE_BUSY: CONFLICT,
  VALIDATION_FAILED: FAILED,
  ADAPTER_MISSING: FAILED,
  ADAPTER_FAILED: FAILED,
  UNSUPPORTED: FAILED,
  BUG: FAILED,
};

function exitCodeOf(ending: Ending): number {
  switch (ending.how) {
    case 'done':
      return DONE;
    case 'differences':
    case 'not-ready':
      return FAILED;
    case 'incomplete':
      return INCOMPLETE;
    case 'unsound':
      return CORRUPT;
    case 'reverted':
      return REVERTED;
    case 'inconsistent':
      return INCONSISTENT;
    case 'waiting':
      return WAITING;
    case 'failed':
      return FAILURE_CODES[ending.code];
    case 'signal':
      return SIGNAL_BASE + ending.number;
  }
}

async function main(words: readonly string[]): Promise<void> {
  if (words.length === 1 && words[0] === '--version') {
    // Whoever stops reading, or has no room left, is told by the exit code.
    process.stdout.on('error', () => process.exit(FAILED));
    process.stdout.write(`savepoint ${readVersion()}\n`);
    return;
  }
  const { runCommandLine } = await import('./run-command-line.js');
  process.exitCode = exitCodeOf(await runCommandLine(words));
}

await main(process.argv.slice(2));
