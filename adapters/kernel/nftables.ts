// The rules of nftables, table by table, as nft(8) lists and takes them. What packets change by themselves is left out: counters, and
// the elements of sets that are filled on the way or empty themselves.
import { readProgram } from '../system/run-program.js';

/** `inet filter`, and what `nft list table inet filter` prints. */
export type Tables = ReadonlyMap<string, string>;

/** All tables; throws PROGRAM_MISSING where there is no nft. */
export async function readTables(): Promise<Tables> {
  return parseRuleset(await readProgram('nft', ['--stateless', 'list', 'ruleset']));
}

/** The ruleset with its counters and elements, for looking at. */
export async function readWholeRuleset(): Promise<string> {
  return readProgram('nft', ['list', 'ruleset']);
}

/** What makes the tables what `wanted` says, or removes those that it says nothing of: all in one instant, see nft(8). */
export function writeTransaction(names: Iterable<string>, wanted: Tables): string {
  const parts: string[] = [];
  // A table is made before it is deleted: deleting one that is not there would fail.
  for (const name of names) parts.push(`table ${name}\ndelete table ${name}\n${wanted.get(name) ?? ''}`);
  return parts.join('');
}

/** Each table stands between `table … {` and a brace, both at the beginning of a line. */
export function parseRuleset(text: string): Tables {
  const tables = new Map<string, string>();
  let name: string | undefined;
  let lines: string[] = [];
  for (const line of text.split('\n')) {
    const opened = /^table (\S+ \S+) \{/.exec(line)?.[1];
    if (opened !== undefined) [name, lines] = [opened, []];
    if (name !== undefined) lines.push(line);
    if (name !== undefined && (line === '}' || /^table .*\}$/.test(line))) {
      tables.set(name, `${withoutVolatileElements(lines).join('\n')}\n`);
      name = undefined;
    }
  }
  return tables;
}

/** In a set, elements stand last. */
function withoutVolatileElements(lines: readonly string[]): string[] {
  const kept: string[] = [];
  let [isVolatile, isElement] = [false, false];
  for (const line of lines) {
    if (/^\t(set|map|meter) /.test(line)) isVolatile = false;
    if (/^\t\t(flags .*\b(dynamic|timeout)\b|timeout )/.test(line)) isVolatile = true;
    if (/^\t\telements = \{/.test(line)) isElement = true;
    if (line === '\t}') isElement = false;
    if (!(isVolatile && isElement)) kept.push(line);
  }
  return kept;
}
