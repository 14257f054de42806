// Says of what can't be done here, for want of the C library, that it was not done.
import type { Output } from './output.js';

const XATTRS = 'extended attributes and access control lists';
const REASON = "'savepoint doctor' says why";

export function reportUnreadXattrs(output: Output, { withoutXattrs }: { withoutXattrs?: true }): void {
  if (withoutXattrs === true)
    output.problem(`savepoint: ${XATTRS} can't be read here, and are not in the point; ${REASON}`);
}

export function reportLostXattrs(output: Output, { withoutXattrs }: { withoutXattrs?: true }): void {
  if (withoutXattrs === true)
    output.problem(
      `savepoint: ${XATTRS} can't be read or given here: files that are replaced lose theirs; ${REASON}`,
    );
}
