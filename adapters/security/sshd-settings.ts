// What sshd's settings say of who may log in, and where authorized keys are, see sshd_config(5): as sshd does, the first value
// counts, those of a matching block before the general ones. Blocks that depend on more than the user are passed over.

/** A line of sshd_config, with the conditions of its block. */
interface SshdLine {
  readonly keyword: string;
  readonly value: string;
  readonly block?: string;
}

export interface SshdSettings {
  readonly lines: readonly SshdLine[];
}

export interface SshdUser {
  readonly name: string;
  readonly groups: readonly string[];
}

/** Those of one user, in small letters but for paths. */
export interface UserSshdSettings {
  readonly allows: boolean;
  readonly takesKeys: boolean;
  readonly takesPasswords: boolean;
  readonly takesEmptyPasswords: boolean;
  /** `no` and `forced-commands-only` mean that root can't log in; `prohibit-password` that it needs a key. */
  readonly rootLogin: string;
  readonly usesPam: boolean;
  readonly isStrict: boolean;
  /** Patterns of paths, with %h and %u; none where keys are in no file. */
  readonly keyFiles: readonly string[];
  /** Whether a program or an authority vouches for keys that are in no file. */
  readonly keysElsewhere: boolean;
  /** Whether what users get is not their shell. */
  readonly isConfined: boolean;
  /** Each list is enough; where there is none, any method is. */
  readonly methods: readonly (readonly string[])[];
}

const KEY_FILES = '.ssh/authorized_keys .ssh/authorized_keys2';

/** `included` gives the contents of the files that a pattern includes. A block ends with the file that it is in. */
export function parseSshdConfig(
  content: string,
  included: (pattern: string) => readonly string[] = () => [],
): SshdSettings {
  return { lines: linesOf(content, { included, within: [] }) };
}

interface Inclusion {
  readonly included: (pattern: string) => readonly string[];
  /** The patterns that led here: what includes itself is passed over. */
  readonly within: readonly string[];
  readonly block?: string;
}

function linesOf(content: string, { included, within, block: around }: Inclusion): SshdLine[] {
  let block = around;
  return sshdKeywords(content).flatMap(({ keyword, value }): SshdLine[] => {
    const inBlock = block === undefined ? {} : { block };
    if (keyword === 'match') {
      block = value;
      return [];
    }
    if (keyword !== 'include') return [{ keyword, value, ...inBlock }];
    return value
      .split(/\s+/)
      .filter((pattern) => !within.includes(pattern))
      .flatMap((pattern) =>
        included(pattern).flatMap((each) =>
          linesOf(each, { included, within: [...within, pattern], ...inBlock }),
        ),
      );
  });
}

/** The keywords, in small letters, and their values. */
export function sshdKeywords(content: string): { keyword: string; value: string }[] {
  return content.split('\n').flatMap((line) => {
    const parts = /^\s*([A-Za-z]\w*)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line);
    return parts === null ? [] : [{ keyword: parts[1].toLowerCase(), value: withoutComment(parts[2]) }];
  });
}

export function settingsOf(settings: SshdSettings, user: SshdUser): UserSshdSettings {
  const inBlocks = settings.lines.filter(({ block }) => block !== undefined && matchesBlock(block, user));
  const general = settings.lines.filter(({ block }) => block === undefined);
  const get = (keyword: string, fallback: string): string =>
    [...inBlocks, ...general].find((line) => line.keyword === keyword)?.value ?? fallback;
  const is = (keyword: string, fallback: 'yes' | 'no'): boolean =>
    get(keyword, fallback).toLowerCase() === 'yes';
  const has = (keyword: string): boolean => get(keyword, 'none').toLowerCase() !== 'none';
  const usesPam = is('usepam', 'no');
  // The older name of the keyword is taken as well.
  const interactive = get('kbdinteractiveauthentication', get('challengeresponseauthentication', 'yes'));
  const methods = get('authenticationmethods', 'any');
  return {
    allows: isAllowed([...inBlocks, ...general], user),
    takesKeys: is('pubkeyauthentication', 'yes'),
    takesPasswords: is('passwordauthentication', 'yes') || (usesPam && interactive.toLowerCase() === 'yes'),
    takesEmptyPasswords: is('permitemptypasswords', 'no'),
    rootLogin: get('permitrootlogin', 'prohibit-password').toLowerCase(),
    usesPam,
    isStrict: is('strictmodes', 'yes'),
    keyFiles: keyFilesIn(get('authorizedkeysfile', KEY_FILES)),
    keysElsewhere: has('authorizedkeyscommand') || has('trustedusercakeys'),
    isConfined: has('forcecommand') || has('chrootdirectory'),
    methods: methods === 'any' ? [] : methods.split(/\s+/).map((list) => list.toLowerCase().split(',')),
  };
}

/** All patterns of paths of keys that there are for anybody. */
export function allKeyFiles(settings: SshdSettings): string[] {
  const named = settings.lines.filter(({ keyword }) => keyword === 'authorizedkeysfile');
  const isGeneral = named.some(({ block }) => block === undefined);
  const values = [...named.map(({ value }) => value), ...(isGeneral ? [] : [KEY_FILES])];
  return [...new Set(values.flatMap(keyFilesIn))];
}

/** The path that a pattern means for a user; `undefined` where it is none. */
export function expandKeyFile(
  pattern: string,
  user: { readonly name: string; readonly userId: number; readonly home: string },
): string | undefined {
  const meant: Record<string, string> = { h: user.home, u: user.name, U: String(user.userId), '%': '%' };
  const path = pattern.replaceAll(/%(.)/g, (all, token: string) => meant[token] ?? all);
  const absolute = path.startsWith('/') ? path : `${user.home}/${path}`;
  return absolute.startsWith('/') ? absolute.replaceAll(/\/{2,}/g, '/') : undefined;
}

function keyFilesIn(value: string): string[] {
  return value.split(/\s+/).filter((file) => file !== '' && file.toLowerCase() !== 'none');
}

/** In the order in which sshd looks at them. */
function isAllowed(lines: readonly SshdLine[], user: SshdUser): boolean {
  const patterns = (keyword: string) =>
    lines.filter((line) => line.keyword === keyword).flatMap(({ value }) => value.split(/\s+/));
  const allowedUsers = patterns('allowusers');
  const allowedGroups = patterns('allowgroups');
  const inGroups = (list: readonly string[]) => user.groups.some((group) => matchesPatterns(list, group));
  // From which hosts a user is let in, or kept out, is not known here: to be let in from some is enough.
  if (
    matchesPatterns(
      patterns('denyusers').filter((each) => !each.includes('@')),
      user.name,
    )
  )
    return false;
  if (allowedUsers.length > 0) {
    const names = allowedUsers.map((each) => each.replace(/@.*$/, ''));
    if (!matchesPatterns(names, user.name)) return false;
  }
  if (inGroups(patterns('denygroups'))) return false;
  return allowedGroups.length === 0 || inGroups(allowedGroups);
}

/** Whether the conditions hold for every connection of the user. */
function matchesBlock(conditions: string, user: SshdUser): boolean {
  const words = conditions.split(/[\s=]+/);
  if (words.length === 1) return words[0].toLowerCase() === 'all';
  for (let i = 0; i < words.length; i += 2) {
    const list = (words[i + 1] ?? '').split(',');
    const criterion = words[i].toLowerCase();
    if (criterion === 'user' && matchesPatterns(list, user.name)) continue;
    if (criterion === 'group' && user.groups.some((group) => matchesPatterns(list, group))) continue;
    return false;
  }
  return true;
}

/** As match_pattern_list of OpenSSH: one that is negated and fits decides. */
function matchesPatterns(patterns: readonly string[], name: string): boolean {
  const fits = (pattern: string) => new RegExp(`^${globSource(pattern)}$`, 's').test(name);
  if (patterns.some((pattern) => pattern.startsWith('!') && fits(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && fits(pattern));
}

/** As a regular expression; `*` and `?` are all that a pattern has. */
export function globSource(pattern: string): string {
  return pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
}

function withoutComment(value: string): string {
  return value.replace(/\s+#.*$/, '').replaceAll('"', '');
}
