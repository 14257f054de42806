// sshd_config(5) and ssh_config(5): keywords and arguments, in blocks that begin with Match or Host. Keywords are as written.
import type { ConfigFormat } from '../config-format.js';
import { lineFormat } from './line-format.js';

export function sshd(): ConfigFormat {
  return lineFormat('sshd', {
    comment: /^#/,
    header(line) {
      const match = /^(match|host)(?:\s+|\s*=\s*)(.*?)(?:\s+#.*)?$/i.exec(line);
      return match === null ? undefined : [`${match[1]} ${match[2].replace(/\s+/g, ' ')}`];
    },
    statement: /^([A-Za-z][A-Za-z0-9]*)(\s*=\s*|\s+)(.*)$/,
    trailing: /\s+#[^"]*$/,
    value: (text) => /^"([^"]*)"$/.exec(text)?.[1] ?? text,
  });
}
