// The kernel's table of mounts, /proc/<pid>/mountinfo, see proc(5).
import { readFileSync } from 'node:fs';

export interface MountEntry {
  readonly id: string;
  readonly parent: string;
  /** Of the file system: equal for all its mounts. */
  readonly device: string;
  /** The directory of the file system that is mounted. */
  readonly root: string;
  readonly point: string;
  /** Those of this mount. */
  readonly options: readonly string[];
  readonly type: string;
  readonly source: string;
  /** Those of the file system, which all its mounts share. */
  readonly superOptions: readonly string[];
}

/** The mounts that this process sees. */
export function readMountTable(): MountEntry[] {
  return parseMountTable(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** In the order in which they were mounted. */
export function parseMountTable(text: string): MountEntry[] {
  return text.split('\n').filter(Boolean).map(parseLine);
}

function parseLine(line: string): MountEntry {
  const fields = line.split(' ');
  // Optional fields stand between the sixth and a single hyphen.
  const rest = fields.slice(fields.indexOf('-', 6) + 1).map(unquote);
  const [id, parent, device, root, point, options] = fields.map(unquote);
  const [type, source, superOptions] = rest;
  return {
    ...{ id, parent, device, root, point, type, source },
    options: options.split(','),
    superOptions: superOptions.split(','),
  };
}

/** The kernel writes blanks and backslashes as a backslash and three octal digits. */
function unquote(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
