// The rules of iptables for one family, table by table, as iptables-save(8) prints and iptables-restore(8) takes them: without
// counters and dates.
import { programError, runProgram } from '../system/run-program.js';

export const IPTABLES_FAMILIES = [
  { program: 'iptables', nftFamily: 'ip' },
  { program: 'ip6tables', nftFamily: 'ip6' },
] as const;

export interface IptablesState {
  /** `undefined` where there is no such program. */
  readonly tables: ReadonlyMap<string, string> | undefined;
  /** Whether what it makes are tables of nftables. */
  readonly isNft: boolean;
}

export async function readIptables(program: string): Promise<IptablesState> {
  const saved = await runProgram(`${program}-save`, []);
  if (saved.isMissing) return { tables: undefined, isNft: false };
  if (saved.exitCode !== 0) throw programError(`${program}-save`, [], saved);
  const version = await runProgram(`${program}-save`, ['--version']);
  return {
    tables: parseSaved(saved.stdout.toString('utf8')),
    isNft: version.stdout.toString('utf8').includes('nf_tables'),
  };
}

export function parseSaved(text: string): ReadonlyMap<string, string> {
  const tables = new Map<string, string>();
  let lines: string[] = [];
  let name = '';
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('*')) [name, lines] = [line.slice(1), []];
    lines.push(line.startsWith(':') ? line.replace(/ \[\d+:\d+\]$/, ' [0:0]') : line);
    if (line === 'COMMIT') tables.set(name, `${lines.join('\n')}\n`);
  }
  return tables;
}

/** Whether it lets all pass, as a table does that is not there: the kernel makes one when it is looked at. */
export function isEmptyTable(text: string): boolean {
  const lines = text.split('\n').slice(1, -2);
  return lines.every((line) => /^:\S+ ACCEPT /.test(line));
}

/** The table with its own chains only, that let all pass. */
export function emptyTable(text: string): string {
  const lines = text.split('\n').filter((line) => !line.startsWith('-') && !/^:\S+ - /.test(line));
  return lines.map((line) => line.replace(/^(:\S+) \S+ /, '$1 ACCEPT ')).join('\n');
}
