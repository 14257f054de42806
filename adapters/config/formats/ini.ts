// Sections of keys and values, as systemd, desktop entries, git, PHP, MySQL, Samba and many others write them, each in its way.
import type { ConfigFormat } from '../config-format.js';
import type { KeyPath } from '../key-path.js';
import type { LineDialect } from '../line-dialect.js';
import { lineFormat } from './line-format.js';

const HEADER = /^\[\s*(.+?)\s*\](?:\s*[#;].*)?$/;
const COMMENT = /^[#;]/;

function plainHeader(line: string): KeyPath | undefined {
  const name = HEADER.exec(line)?.[1];
  return name === undefined ? undefined : [name];
}

/** See systemd.syntax(7): a backslash goes on, and nothing but a whole line is a comment. */
const systemd: LineDialect = {
  ...{ comment: COMMENT, header: plainHeader, joinsLines: true },
  statement: /^([^=]+?)(\s*=\s*)(.*)$/,
};

/** See the Desktop Entry Specification. */
const desktop: LineDialect = { comment: /^#/, header: plainHeader, statement: systemd.statement };

/** See git-config(1): `[remote "origin"]` and `[remote.origin]`, a name alone is true, comments may follow. */
const git: LineDialect = {
  ...{ comment: COMMENT, joinsLines: true, trailing: /\s*(?:^|\s)[#;][^"]*$/ },
  statement: /^([A-Za-z][\w-]*)(?:(\s*=\s*)(.*))?$/,
  header(line) {
    const match = /^\[([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\]/.exec(line);
    if (match === null) return undefined;
    const [, section, subsection] = match;
    return subsection === undefined ? [section] : [section, subsection.replace(/\\(.)/g, '$1')];
  },
  value: unquote,
};

/** See the manual of PHP on parse_ini_file. */
const php: LineDialect = {
  ...{ comment: COMMENT, header: plainHeader, trailing: /\s+;[^"]*$/, value: unquote },
  statement: /^([^=]+?)(\s*=\s*)(.*)$/,
};

/** See the MySQL manual on option files: a name may stand alone, and only # begins a comment behind a value. */
const mysql: LineDialect = {
  ...{ comment: COMMENT, header: plainHeader, trailing: /\s+#[^"']*$/, value: unquote },
  statement: /^([^=!]+?)(?:(\s*=\s*)(.*))?$/,
};

/** See smb.conf(5). */
const samba: LineDialect = {
  ...{ comment: COMMENT, header: plainHeader, joinsLines: true },
  statement: systemd.statement,
};

/** As Python's configparser has it: `=` or `:`, and what is indented further goes on. */
const general: LineDialect = {
  ...{ comment: COMMENT, header: plainHeader, joinsIndented: true },
  statement: /^([^=:]+?)(\s*[=:]\s*)(.*)$/,
};

function unquote(text: string): string {
  const quoted = /^"([^"\\]*)"$/.exec(text);
  return quoted === null ? text : quoted[1];
}

const DIALECTS = { systemd, desktop, git, php, mysql, samba, general };

export type IniDialect = keyof typeof DIALECTS;

export function ini(dialect: IniDialect): ConfigFormat {
  return lineFormat('ini', DIALECTS[dialect]);
}
