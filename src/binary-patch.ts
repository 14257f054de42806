// Binary contents as `git apply` takes them: deflated, in base 85, 52 bytes a line. Both directions are there, so that a
// patch can be taken back. Source: emit_binary_diff in git's diff.c, base85.c.
import { deflateSync } from 'node:zlib';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~';
const LINE_BYTES = 52;
const GROUP_BYTES = 4;
const GROUP_DIGITS = 5;

/** What stands behind the index line: how to get `after` from `before`, and the other way round. */
export function formatBinaryPatch(before: Uint8Array, after: Uint8Array): string {
  return `GIT binary patch\n${formatLiteral(after)}\n${formatLiteral(before)}\n`;
}

function formatLiteral(content: Uint8Array): string {
  const deflated = deflateSync(content);
  const lines = [`literal ${content.length}\n`];
  for (let start = 0; start < deflated.length; start += LINE_BYTES) {
    const line = deflated.subarray(start, start + LINE_BYTES);
    lines.push(`${lengthLetter(line.length)}${encodeBase85(line)}\n`);
  }
  return lines.join('');
}

/** A to Z are 1 to 26, a to z 27 to 52. */
function lengthLetter(lengthBytes: number): string {
  return String.fromCharCode(lengthBytes <= 26 ? 0x40 + lengthBytes : 0x60 + lengthBytes - 26);
}

/** The last group is filled up with zeros. */
function encodeBase85(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += GROUP_BYTES) {
    let value = 0;
    for (let i = 0; i < GROUP_BYTES; i++) value = value * 256 + (bytes[at + i] ?? 0);
    let group = '';
    for (let i = 0; i < GROUP_DIGITS; i++) {
      group = DIGITS[value % 85] + group;
      value = Math.floor(value / 85);
    }
    text += group;
  }
  return text;
}
