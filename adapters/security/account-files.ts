// What /etc/passwd, shadow, group and gshadow say, see passwd(5), shadow(5) and group(5). Entries of the name service
// (+ and -), comments and empty lines are passed over; lines that are none of these, and have not the right fields, are kept apart.

export interface Account {
  readonly name: string;
  /** The password's field: `x` where it is in /etc/shadow. */
  readonly password: string;
  readonly userId: number;
  readonly groupId: number;
  readonly description: string;
  readonly home: string;
  readonly shell: string;
}

/** Days are counted from 1970; a limit that is not set is missing. */
export interface Shadow {
  readonly name: string;
  /** A hash, or what stands in its place. It is never shown and goes into no document. */
  readonly password: string;
  readonly changedDay?: number;
  readonly minDays?: number;
  readonly maxDays?: number;
  readonly warnDays?: number;
  readonly inactiveDays?: number;
  readonly expireDay?: number;
}

export interface Group {
  readonly name: string;
  readonly groupId: number;
  readonly members: readonly string[];
}

export interface GroupShadow {
  readonly name: string;
  readonly administrators: readonly string[];
  readonly members: readonly string[];
}

/** A line that is no entry. */
export interface OddLine {
  readonly file: string;
  /** Its name where it has one, else its number: nothing else of it, as it may hold a password. */
  readonly line: string;
}

export interface Accounts {
  readonly users: readonly Account[];
  /** Missing where there is no such file. */
  readonly shadows?: readonly Shadow[];
  readonly groups: readonly Group[];
  readonly groupShadows?: readonly GroupShadow[];
  readonly oddLines: readonly OddLine[];
}

export const ACCOUNT_FILES = {
  passwd: '/etc/passwd',
  shadow: '/etc/shadow',
  group: '/etc/group',
  gshadow: '/etc/gshadow',
} as const;

/** The entries of those of the four files that `contents` has. */
export function parseAccounts(contents: ReadonlyMap<string, string>): Accounts {
  const oddLines: OddLine[] = [];
  const parse = <T>(file: string, entry: (fields: string[]) => T | undefined): T[] | undefined => {
    const content = contents.get(file);
    return content === undefined ? undefined : parseLines(content, { file, entry, oddLines });
  };
  const users = parse(ACCOUNT_FILES.passwd, parseAccount) ?? [];
  const groups = parse(ACCOUNT_FILES.group, parseGroup) ?? [];
  const shadows = parse(ACCOUNT_FILES.shadow, parseShadow);
  const groupShadows = parse(ACCOUNT_FILES.gshadow, parseGroupShadow);
  return {
    ...{ users, groups, oddLines },
    ...(shadows === undefined ? {} : { shadows }),
    ...(groupShadows === undefined ? {} : { groupShadows }),
  };
}

interface LineParser<T> {
  readonly file: string;
  readonly entry: (fields: string[]) => T | undefined;
  readonly oddLines: OddLine[];
}

function parseLines<T>(content: string, { file, entry, oddLines }: LineParser<T>): T[] {
  const entries: T[] = [];
  let line = 0;
  for (const text of content.split('\n')) {
    line++;
    if (text.trim() === '' || /^[#+-]/.test(text)) continue;
    const parsed = entry(text.split(':'));
    if (parsed === undefined) oddLines.push({ file, line: nameOfLine(text) ?? `line ${line}` });
    else entries.push(parsed);
  }
  return entries;
}

function nameOfLine(text: string): string | undefined {
  return /^([a-z_][a-z0-9_.-]{0,31}):/i.exec(text)?.[1];
}

function parseAccount(fields: string[]): Account | undefined {
  const [name, password, user, group, description, home, shell] = fields;
  const userId = parseId(user);
  const groupId = parseId(group);
  if (fields.length !== 7 || name === '' || userId === undefined || groupId === undefined) return undefined;
  return { name, password, userId, groupId, description, home, shell };
}

function parseShadow(fields: string[]): Shadow | undefined {
  const [name, password, ...days] = fields;
  if (fields.length !== 9 || name === '' || days.some((day) => !/^-?\d*$/.test(day))) return undefined;
  const [changedDay, minDays, maxDays, warnDays, inactiveDays, expireDay] = days.map(parseDays);
  const limits = { changedDay, minDays, maxDays, warnDays, inactiveDays, expireDay };
  return { name, password, ...withoutMissing(limits) };
}

function parseGroup(fields: string[]): Group | undefined {
  const [name, , group, members] = fields;
  const groupId = parseId(group);
  if (fields.length !== 4 || name === '' || groupId === undefined) return undefined;
  return { name, groupId, members: splitNames(members) };
}

function parseGroupShadow(fields: string[]): GroupShadow | undefined {
  const [name, , administrators, members] = fields;
  if (fields.length !== 4 || name === '') return undefined;
  return { name, administrators: splitNames(administrators), members: splitNames(members) };
}

function parseId(field: string | undefined): number | undefined {
  return field !== undefined && /^\d{1,10}$/.test(field) ? Number(field) : undefined;
}

/** As getspent(3) has it, a negative number is none. */
function parseDays(field: string): number | undefined {
  return field === '' || field.startsWith('-') ? undefined : Number(field);
}

function splitNames(field: string): string[] {
  return field.split(',').filter((name) => name !== '');
}

type Limits = Omit<Shadow, 'name' | 'password'>;

function withoutMissing(limits: { readonly [name in keyof Limits]: number | undefined }): Limits {
  return Object.fromEntries(Object.entries(limits).filter(([, days]) => days !== undefined));
}
