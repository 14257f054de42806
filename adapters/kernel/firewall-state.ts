// The rules of the host's firewall by the names of their documents: those that iptables has made are kept in its own words, as nft
// can't say them all; all others in those of nft.
import { SavepointError } from '../../store/errors.js';
import { runProgram } from '../system/run-program.js';
import { IPTABLES_FAMILIES, isEmptyTable, readIptables } from './iptables.js';
import { readTables } from './nftables.js';

/** `nftables/inet/filter` or `iptables/filter`, and its rules. */
export type FirewallState = ReadonlyMap<string, string>;

/** Throws PROGRAM_MISSING where there are neither nft nor iptables. */
export async function readFirewall(): Promise<FirewallState> {
  const state = new Map<string, string>();
  const ofIptables = new Set<string>();
  let hasIptables = false;
  for (const { program, nftFamily } of IPTABLES_FAMILIES) {
    const { tables, isNft } = await readIptables(program);
    if (tables === undefined) continue;
    hasIptables = true;
    for (const [name, text] of tables) {
      if (isNft) ofIptables.add(`${nftFamily} ${name}`);
      if (!isEmptyTable(text)) state.set(`${program}/${name}`, text);
    }
  }
  if (await hasNft()) {
    for (const [name, text] of await readTables()) if (!ofIptables.has(name)) state.set(nftName(name), text);
  } else if (!hasIptables) {
    throw new SavepointError(
      'PROGRAM_MISSING',
      `There is neither 'nft' nor 'iptables' here; install nftables, or take firewall out of the configuration.`,
      { fields: { program: 'nft' } },
    );
  }
  return state;
}

/** `nftables/inet/filter` for `inet filter`. */
export function nftName(table: string): string {
  const [family, name] = table.split(' ');
  return `nftables/${family}/${encodeURIComponent(name)}`;
}

/** `inet filter` for `nftables/inet/filter`; `undefined` for one of iptables. */
export function nftTable(name: string): string | undefined {
  const [kind, family, table] = name.split('/');
  return kind === 'nftables' ? `${family} ${decodeURIComponent(table)}` : undefined;
}

export async function hasNft(): Promise<boolean> {
  return !(await runProgram('nft', ['--version'])).isMissing;
}
