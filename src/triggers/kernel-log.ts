// The kernel's log, record by record, as /dev/kmsg has it (Documentation/ABI/testing/dev-kmsg in the kernel's sources).
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { SavepointError } from '../../store/errors.js';

export interface KernelMessage {
  /** Counts on by one from message to message. */
  readonly sequence: number;
  /** 0 is the most severe, 7 the least; see syslog(2). */
  readonly level: number;
  readonly text: string;
}

const LOG = '/dev/kmsg';
/** A read takes one record, and fails where it does not fit. */
const RECORD_BYTES = 1 << 14;

/** The messages from `sequence` on that the kernel still has. Throws UNSUPPORTED where they can't be read. */
export function readKernelLog(sequence: number): KernelMessage[] {
  const descriptor = openLog();
  try {
    const buffer = Buffer.alloc(RECORD_BYTES);
    const messages: KernelMessage[] = [];
    for (;;) {
      const length = readRecord(descriptor, buffer);
      if (length === 'none') return messages;
      const message = length === 'overwritten' ? undefined : parseRecord(buffer.toString('utf8', 0, length));
      if (message !== undefined && message.sequence >= sequence) messages.push(message);
    }
  } finally {
    closeSync(descriptor);
  }
}

function openLog(): number {
  try {
    return openSync(LOG, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw new SavepointError(
      'UNSUPPORTED',
      `The kernel's log ${LOG} can't be read (${(cause as NodeJS.ErrnoException).code}): repeat as root, or give the trigger 'critical-log' a file.`,
      { fields: { path: LOG }, cause },
    );
  }
}

function readRecord(descriptor: number, buffer: Buffer): number | 'none' | 'overwritten' {
  try {
    return readSync(descriptor, buffer, 0, buffer.length, null) || 'none';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EAGAIN') return 'none';
    // New messages have taken the place of the next one.
    if (code === 'EPIPE' || code === 'EINVAL') return 'overwritten';
    throw error;
  }
}

/** `level+facility*8,sequence,microseconds,flags;text`, and behind a line end values that say more of it. */
function parseRecord(record: string): KernelMessage | undefined {
  const match = /^(\d+),(\d+),[^;]*;([^\n]*)/.exec(record);
  return match === null
    ? undefined
    : { level: Number(match[1]) & 7, sequence: Number(match[2]), text: match[3] };
}
