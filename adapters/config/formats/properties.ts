// Names and values, one to a line: Java's properties, files of shell variables, and sysctl.conf. Dots in a name part it.
import type { ConfigFormat } from '../config-format.js';
import type { KeyPath } from '../key-path.js';
import type { LineDialect } from '../line-dialect.js';
import { lineFormat } from './line-format.js';

/** See java.util.Properties: `=`, `:` or blanks part name and value, and a backslash takes away the meaning of what follows. */
const java: LineDialect = {
  ...{ comment: /^[#!]/, joinsLines: true },
  statement: /^((?:[^\\=:\s]|\\.)+)(?:(\s*[=:]\s*|\s+)(.*))?$/,
  path: (name) => partedName(name.replace(/\\(.)/g, '$1')),
};

/** Assignments that a shell reads, or programs that know the simplest of its rules: /etc/default, os-release, .env. */
const shell: LineDialect = {
  ...{ comment: /^#/, joinsLines: true, trailing: /\s+#[^"']*$/ },
  statement: /^((?:export\s+)?[A-Za-z_][\w.-]*)(=)(.*)$/,
  path: (name) => [name.replace(/^export\s+/, '')],
  value(text) {
    const quoted = /^(["'])([^"'\\$`]*)\1$/.exec(text);
    return quoted === null ? text : quoted[2];
  },
  isOpen: (text) => /^"(?:[^"\\]|\\[\s\S])*$|^'[^']*$/.test(text),
};

/** See sysctl.d(5). */
const sysctl: LineDialect = {
  comment: /^[#;]/,
  statement: /^(-?[^\s=]+)(?:(\s*=\s*)(.*))?$/,
  path: partedName,
};

/** `net.ipv4.ip_forward` in its parts, unless one of them would be empty. */
function partedName(name: string): KeyPath {
  const parts = name.split('.');
  return parts.includes('') ? [name] : parts;
}

const DIALECTS = { java, shell, sysctl };

export type PropertiesDialect = keyof typeof DIALECTS;

export function properties(dialect: PropertiesDialect): ConfigFormat {
  return lineFormat('properties', DIALECTS[dialect]);
}
