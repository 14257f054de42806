// Which format a file of configuration has, by its path, and by its content where the path doesn't tell. Formats are loaded when
// they are asked for.
import type { ConfigFormat, FormatName } from './config-format.js';
import type { IniDialect } from './formats/ini.js';
import type { PropertiesDialect } from './formats/properties.js';

export type FormatChoice =
  | { readonly name: Exclude<FormatName, 'ini' | 'properties'> }
  | { readonly name: 'ini'; readonly dialect: IniDialect }
  | { readonly name: 'properties'; readonly dialect: PropertiesDialect };

/** What some other program makes the real file of. */
const TEMPLATE = /\.(?:j2|jinja2?|erb|epp|tmpl|tpl|template|mustache|hbs|in)$/i;

const UNIT =
  'service|socket|timer|mount|automount|path|target|slice|swap|scope|network|netdev|link|nspawn|dnssd|preset';

/** The first that fits counts. */
const FORMATS: readonly (readonly [RegExp, FormatChoice])[] = [
  [/\.(?:json|jsonc|webmanifest|geojson)$/i, { name: 'json' }],
  [/\.ya?ml$/i, { name: 'yaml' }],
  [/\.toml$|\/(?:Cargo|poetry|uv)\.lock$|\/Pipfile$/, { name: 'toml' }],
  [/(?:^|\/)sshd?_config$|\/sshd?_config\.d\/[^/]+\.conf$|\/\.ssh\/config$/, { name: 'sshd' }],
  [new RegExp(`\\.(?:${UNIT})$`), { name: 'ini', dialect: 'systemd' }],
  [new RegExp(`\\.(?:${UNIT})\\.d/[^/]+\\.conf$`), { name: 'ini', dialect: 'systemd' }],
  [/\/systemd\/(?:[^/]+\.conf|[^/]+\.conf\.d\/[^/]+\.conf)$/, { name: 'ini', dialect: 'systemd' }],
  [/\.(?:desktop|directory)$/, { name: 'ini', dialect: 'desktop' }],
  [
    /(?:^|\/)(?:\.?gitconfig|\.gitmodules|\.git\/config|\.config\/git\/config)$/,
    { name: 'ini', dialect: 'git' },
  ],
  [/(?:^|\/)php[^/]*\.ini$|\/etc\/php\/.*\.ini$|\/php\.d\/[^/]+\.ini$/, { name: 'ini', dialect: 'php' }],
  [/(?:^|\/)\.?my\.cnf$|\/(?:mysql|mariadb|my\.cnf\.d)\/.*\.cnf$/, { name: 'ini', dialect: 'mysql' }],
  [/(?:^|\/)smb\.conf$/, { name: 'ini', dialect: 'samba' }],
  [/\.ini$/i, { name: 'ini', dialect: 'general' }],
  [/(?:^|\/)sysctl\.conf$|\/sysctl\.d\/[^/]+\.conf$/, { name: 'properties', dialect: 'sysctl' }],
  [/\.properties$/i, { name: 'properties', dialect: 'java' }],
  [/(?:^|\/)\.env(?:\.[^/]+)?$|\.env$/, { name: 'properties', dialect: 'shell' }],
  [/^\/etc\/(?:default|sysconfig|conf\.d|rc\.conf\.d)\/[^/]+$/, { name: 'properties', dialect: 'shell' }],
  [
    /^\/(?:etc|usr\/lib)\/(?:environment|os-release|lsb-release|locale\.conf|vconsole\.conf|machine-info)$/,
    { name: 'properties', dialect: 'shell' },
  ],
];

/** Names that files of very different forms have. */
const UNCERTAIN = /\.(?:conf|cfg|cnf|config|nmconnection|repo)$|\/[^./]+$/;
const MOST_START_CHARACTERS = 64 << 10;

/** `undefined` where none is known; `content` is a text, or its beginning. */
export function findFormat(path: string, content?: string): FormatChoice | undefined {
  if (TEMPLATE.test(path)) return undefined;
  const known = FORMATS.find(([pattern]) => pattern.test(path))?.[1];
  if (known !== undefined) return known;
  if (content === undefined || !UNCERTAIN.test(path)) return undefined;
  return opensSection(content.slice(0, MOST_START_CHARACTERS))
    ? { name: 'ini', dialect: 'general' }
    : undefined;
}

/** Whether the first line that is neither blank nor a comment is a header. */
function opensSection(text: string): boolean {
  const first = /^\uFEFF?(?:[ \t]*(?:[#;][^\n]*)?\r?(?:\n|$))*[ \t]*(\S[^\r\n]*)/.exec(text)?.[1];
  return first !== undefined && /^\[[^[\]]+\]\s*$/.test(first);
}

export async function loadFormat(choice: FormatChoice): Promise<ConfigFormat> {
  switch (choice.name) {
    case 'json':
      return (await import('./formats/json.js')).json;
    case 'yaml':
      return (await import('./formats/yaml.js')).yaml;
    case 'toml':
      return (await import('./formats/toml.js')).toml;
    case 'sshd':
      return (await import('./formats/sshd.js')).sshd();
    case 'ini':
      return (await import('./formats/ini.js')).ini(choice.dialect);
    case 'properties':
      return (await import('./formats/properties.js')).properties(choice.dialect);
  }
}

/** Loads all formats, so that no file is needed for them later. */
export async function loadFormats(): Promise<void> {
  const choices: readonly FormatChoice[] = [
    ...(['json', 'yaml', 'toml', 'sshd'] as const).map((name) => ({ name })),
    { name: 'ini', dialect: 'general' },
    { name: 'properties', dialect: 'shell' },
  ];
  for (const choice of choices) await loadFormat(choice);
}
