// For commands that are over in less than a second: most of what the compiler makes faster in that time is not called again, and
// it takes the other core (measured on a diff of 786 files, Node 20: a quarter less CPU time, a third less with a busy machine).
// Only a program may decide that for its process; the library leaves such things alone.
import v8 from 'node:v8';

/** How many bytes of bytecode a function runs before it is optimized; V8's own budget is 132 KiB. */
const BUDGET = 1_000_000;

export function postponeOptimizing(): void {
  v8.setFlagsFromString(`--interrupt-budget=${BUDGET}`);
}
