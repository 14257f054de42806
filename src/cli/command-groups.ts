// Commands of two words, such as `bundle create`. The first word names their group, which is no command by itself.
import type { CommandSpec } from './command-spec.js';
import { COMMANDS, type CommandName } from './command-table.js';

type NameOfGroup<Name> = Name extends `${infer Group} ${string}` ? Group : never;

export type GroupName = NameOfGroup<CommandName>;

export interface CommandGroup {
  readonly name: GroupName;
  /** A line for the lists of the shells. */
  readonly summary: string;
  /** By their whole names, in the order of the table. */
  readonly commands: readonly CommandSpec[];
}

const SUMMARIES: Readonly<Record<GroupName, string>> = {
  bundle: 'carry points to another store in one file',
  git: 'points to and from git',
};

export const GROUPS: readonly CommandGroup[] = (Object.keys(SUMMARIES) as GroupName[]).map((name) => ({
  name,
  summary: SUMMARIES[name],
  commands: COMMANDS.filter((command) => command.name.startsWith(`${name} `)),
}));

/** What may stand first: the names of commands of one word, and those of groups. */
export const FIRST_WORDS: readonly string[] = [...new Set(COMMANDS.map(({ name }) => name.split(' ')[0]))];

/** The group of that name; `undefined` where there is none. */
export function findGroup(name: string): CommandGroup | undefined {
  return GROUPS.find((group) => group.name === name);
}

/** The second words of a group's commands. */
export function secondWords({ name, commands }: CommandGroup): string[] {
  return commands.map((command) => command.name.slice(name.length + 1));
}
