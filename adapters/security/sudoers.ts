// Who may do everything as root by sudo, see sudoers(5): from the lines of /etc/sudoers and of what it includes. Where the
// grammar says more than is understood here, nothing is granted: better to name one way to root too few than one too many.

/** A line's rule, in the order of the files: the last one that is about a user counts. */
export interface SudoRule {
  /** Names, %groups, #ids, %#ids and ALL, with `!` where they are left out. */
  readonly users: readonly string[];
  /** Whether it is for every command as root, or takes that away. */
  readonly grants: boolean;
  readonly asksPassword: boolean;
}

export interface Sudoers {
  readonly rules: readonly SudoRule[];
  /** Whether it is root's password that is asked for. */
  readonly asksRootPassword: boolean;
}

/** One who asks for it. */
export interface SudoUser {
  readonly name: string;
  readonly userId: number;
  readonly groups: readonly { readonly name: string; readonly groupId: number }[];
}

type Aliases = ReadonlyMap<string, readonly string[]>;
type Matches = (item: string) => boolean;

/** What `lines`, joined where they are continued and without comments, grant on the host `hostName`. */
export function parseSudoers(lines: readonly string[], hostName: string): Sudoers {
  const aliases = new Map<string, readonly string[]>();
  const rules: SudoRule[] = [];
  let asksPassword = true;
  let asksRootPassword = false;
  for (const line of lines) {
    const alias = /^(?:User|Runas|Host|Cmnd|Cmd)_Alias\s+(.*)$/.exec(line);
    if (alias !== null) addAliases(aliases, alias[1]);
    else if (/^Defaults\s/.test(line)) {
      for (const [, not, name] of line.matchAll(/(!?)\b(authenticate|rootpw|targetpw|runaspw)\b/g)) {
        if (name === 'authenticate') asksPassword = not === '';
        else asksRootPassword = not === '';
      }
    }
  }
  for (const line of lines) {
    if (/^(?:Defaults\b|\w+_Alias\s)/.test(line)) continue;
    rules.push(...parseRule(line, { aliases, hostName, asksPassword }));
  }
  return { rules, asksRootPassword };
}

/** Lines without comments, joined where a backslash ends them. A `#` before a digit is a number of a user. */
export function sudoersLines(content: string): string[] {
  return content
    .replaceAll(/\\\r?\n/g, ' ')
    .split('\n')
    .map((line) => (/^\s*#(?:include|includedir)\s/.test(line) ? line : withoutComment(line)).trim())
    .filter((line) => line !== '');
}

/** What the line includes, if it does. */
export function findInclude(
  line: string,
): { readonly kind: 'file' | 'directory'; readonly path: string } | undefined {
  const include = /^[#@]include(dir)?\s+(?:"([^"]+)"|((?:\\.|\S)+))$/.exec(line);
  if (include === null) return undefined;
  const path = include[2] ?? include[3].replaceAll(/\\(.)/g, '$1');
  return {
    kind: include[1] === undefined ? 'file' : 'directory',
    path: path.startsWith('/') ? path : `/etc/${path}`,
  };
}

/** The rule by which the user may do everything as root; `undefined` where there is none. */
export function findSudoGrant(sudoers: Sudoers, user: SudoUser): SudoRule | undefined {
  const isUser: Matches = (item) =>
    item === 'ALL' ||
    item === user.name ||
    item === `#${user.userId}` ||
    user.groups.some(({ name, groupId }) => item === `%${name}` || item === `%#${groupId}`);
  const last = sudoers.rules.findLast(({ users }) => matchesList(users, isUser));
  return last?.grants === true ? last : undefined;
}

function withoutComment(line: string): string {
  const start = line.search(/(?<!\\)#(?!-?\d)/);
  return start < 0 ? line : line.slice(0, start);
}

function addAliases(aliases: Map<string, readonly string[]>, definitions: string): void {
  for (const definition of definitions.split(/\s+:\s+/)) {
    const [name, items] = splitAt(definition, '=');
    aliases.set(name, splitList(items));
  }
}

interface RuleContext {
  readonly aliases: Aliases;
  readonly hostName: string;
  readonly asksPassword: boolean;
}

function parseRule(line: string, context: RuleContext): SudoRule[] {
  const [subject, grant] = splitAt(line, '=');
  const words = subject.replaceAll(/\s*,\s*/g, ',').match(/(?:\\.|"[^"]*"|\S)+/g) ?? [];
  if (words.length !== 2 || grant === '') return [];
  const [users, hosts] = words.map((list) => expand(splitList(list), context.aliases));
  const shortName = context.hostName.split('.', 1)[0];
  const isHere = matchesList(hosts, (item) => ['ALL', context.hostName, shortName].includes(item));
  return isHere ? parseCommands(grant, context).map((rule) => ({ users: users.map(unquote), ...rule })) : [];
}

/** For each of the commands that is all of them. Who they run as, and tags, hold for what follows as well. */
function parseCommands(list: string, context: RuleContext): Omit<SudoRule, 'users'>[] {
  const rules: Omit<SudoRule, 'users'>[] = [];
  let asRoot = true;
  let asksPassword = context.asksPassword;
  for (const item of splitList(list.replaceAll(/\(([^)]*)\)/g, (_, runas: string) => hideCommas(runas)))) {
    let command = item;
    const runas = /^\(([^)]*)\)\s*/.exec(command);
    if (runas !== null) {
      asRoot = runsAsRoot(runas[1], context.aliases);
      command = command.slice(runas[0].length);
    }
    for (let tag = /^([A-Z_]+):\s*/.exec(command); tag !== null; tag = /^([A-Z_]+):\s*/.exec(command)) {
      if (tag[1].endsWith('PASSWD')) asksPassword = tag[1] === 'PASSWD';
      command = command.slice(tag[0].length);
    }
    for (const each of expand([command], context.aliases)) {
      if (asRoot && /^!*ALL$/.test(each)) rules.push({ grants: !isNegated(each), asksPassword });
    }
  }
  return rules;
}

function runsAsRoot(runas: string, aliases: Aliases): boolean {
  const [users] = splitAt(runas, ':');
  if (runas.trim() === '') return false;
  const items = expand(splitList(users.replaceAll(HIDDEN_COMMA, ',')), aliases);
  return matchesList(items, (item) => ['ALL', 'root', '#0'].includes(item));
}

/** The items with aliases replaced by what they stand for. An alias that contains itself stands for nothing. */
function expand(items: readonly string[], aliases: Aliases, within: readonly string[] = []): string[] {
  return items.flatMap((item) => {
    const name = item.replace(/^!+/, '');
    const meant = within.includes(name) ? [] : aliases.get(name);
    if (meant === undefined) return [item];
    const expanded = expand(meant, aliases, [...within, name]);
    return isNegated(item) ? expanded.map((each) => `!${each}`) : expanded;
  });
}

/** As in sudo, the last item that fits decides. */
function matchesList(items: readonly string[], matches: Matches): boolean {
  const last = items.findLast((item) => matches(item.replace(/^!+/, '')));
  return last !== undefined && !isNegated(last);
}

function isNegated(item: string): boolean {
  return (/^!*/.exec(item)?.[0].length ?? 0) % 2 === 1;
}

const HIDDEN_COMMA = '\u0001';

function hideCommas(runas: string): string {
  return `(${runas.replaceAll(',', HIDDEN_COMMA)})`;
}

function splitList(list: string): string[] {
  return list
    .split(/(?<!\\),/)
    .map((item) => item.trim().replace(/^(!+)\s+/, '$1'))
    .filter((item) => item !== '');
}

function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

function unquote(name: string): string {
  return name.replaceAll('"', '').replaceAll(/\\(.)/g, '$1');
}
