// What the system's own `stat` says of a file: the judge of the status words.
import { execFileSync } from 'node:child_process';

const FORMAT = '%f %h %u %g %i %s %.9Y %.9Z %t %T %Hd %Ld %b';

/** The values that `stat` prints for the file at the path `bytes`; times in nanoseconds since 1970. */
export function readStat(bytes: Buffer) {
  const input = Buffer.concat([bytes, Buffer.from('\0')]);
  const text = execFileSync('xargs', ['-0', 'stat', '--format', FORMAT], { input, encoding: 'latin1' });
  const [mode, linkCount, userId, groupId, inode, sizeBytes, modified, changed, ...rest] = text
    .trim()
    .split(' ');
  const [nodeMajor, nodeMinor, major, minor, blocks] = rest;
  return {
    mode: Number.parseInt(mode, 16),
    linkCount: Number(linkCount),
    userId: Number(userId),
    groupId: Number(groupId),
    inode: Number(inode),
    sizeBytes: Number(sizeBytes),
    modified: parseTime(modified),
    changed: parseTime(changed),
    nodeDevice: { major: Number.parseInt(nodeMajor, 16), minor: Number.parseInt(nodeMinor, 16) },
    device: { major: Number(major), minor: Number(minor) },
    blocks: Number(blocks),
  };
}

/** '-1.750000000' is one and three quarter seconds before 1970. */
function parseTime(text: string): bigint {
  return BigInt(text.replace('.', ''));
}
