// Network interfaces as ip(8) shows them: what was set, apart from what comes by itself, from routers or with routing daemons.
import { readProgram } from '../system/run-program.js';
import { addressWords, type Family, routeWords, ruleWords, type Shown } from './ip-words.js';

export type LinkState = {
  readonly isUp: boolean;
  readonly isPromiscuous: boolean;
  readonly isAllMulticast: boolean;
  readonly mtu: number;
  readonly queueLength?: number;
  /** Of the hardware, where it is not the kernel that chooses it. */
  readonly hardware?: string;
  /** The bridge or bond that it belongs to. */
  readonly master?: string;
  readonly alias?: string;
  readonly group?: string;
};

export interface InterfaceState {
  readonly name: string;
  readonly link: LinkState;
  /** As `ip address add` takes them. */
  readonly addresses: readonly string[];
  readonly foreignAddresses: readonly Shown[];
}

/** An address family and the words that `ip route add`, or `ip rule add`, takes. */
export interface RoutingState {
  readonly routes: readonly { readonly words: string; readonly devices: readonly string[] }[];
  readonly rules: readonly string[];
  readonly foreignRoutes: readonly Shown[];
}

/** Those that were set: by whoever set the host up, by a person, or by DHCP. The kernel and daemons make others. */
const OWN_PROTOCOLS = ['3', '4', '16'];
const FIRST_OF_USERS = 64;
const DAEMONS = ['42', '186', '187', '188', '189', '192'];
const FOREIGN_ADDRESSES = ['kernel_ll', 'kernel_ra'];
const FAMILIES: readonly Family[] = ['-4', '-6'];

export async function readInterfaces(): Promise<InterfaceState[]> {
  const shown = await readShown(['-details', 'address', 'show']);
  return shown
    .map((each) => {
      const addresses = ((each['addr_info'] ?? []) as Shown[]).filter(({ local }) => local !== undefined);
      const name = String(each['ifname']);
      return {
        ...{ name, link: toLink(each) },
        addresses: addresses
          .filter((address) => !isForeign(address))
          .map(addressWords)
          .sort(),
        foreignAddresses: addresses.filter(isForeign),
      };
    })
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

export async function readRouting(): Promise<RoutingState> {
  const routes: { words: string; devices: string[] }[] = [];
  const rules: string[] = [];
  const foreignRoutes: Shown[] = [];
  const shownByFamily = await Promise.all(
    FAMILIES.map(async (family) => ({
      family,
      routes: await readShown(['-N', '-details', family, 'route', 'show', 'table', 'all']),
      rules: await readShown(['-N', '-details', family, 'rule', 'show']),
    })),
  );
  for (const { family, ...all } of shownByFamily) {
    for (const shown of all.routes) {
      const words = isOwnRoute(shown) ? routeWords(family, shown) : undefined;
      if (words === undefined) foreignRoutes.push(shown);
      else routes.push({ words, devices: devicesOf(shown) });
    }
    rules.push(...all.rules.flatMap((shown) => ruleWords(family, shown) ?? []));
  }
  routes.sort((left, right) => (left.words < right.words ? -1 : 1));
  return { routes, rules: rules.sort(), foreignRoutes };
}

/** The counters of all interfaces, as ip(8) shows them. */
export async function readCounters(): Promise<Shown[]> {
  return readShown(['-statistics', 'link', 'show']);
}

function isForeign(address: Shown): boolean {
  if (FOREIGN_ADDRESSES.includes(String(address['protocol']))) return true;
  return address['family'] === 'inet6' && (address['dynamic'] === true || address['temporary'] === true);
}

function isOwnRoute(shown: Shown): boolean {
  const protocol = String(shown['protocol']);
  const isOfUser = Number(protocol) >= FIRST_OF_USERS && !DAEMONS.includes(protocol);
  return OWN_PROTOCOLS.includes(protocol) || isOfUser;
}

function devicesOf({ dev, nexthops = [] }: Shown): string[] {
  const hops = (nexthops as Shown[]).map((hop) => hop['dev']);
  return [...new Set([dev, ...hops].filter((each) => each !== undefined).map(String))];
}

function toLink(shown: Shown): LinkState {
  const flags = shown['flags'] as readonly string[];
  const kind = (shown['linkinfo'] as Shown | undefined)?.['info_kind'];
  const optional = (name: string, value: unknown) => (value === undefined ? {} : { [name]: value });
  return {
    isUp: flags.includes('UP'),
    isPromiscuous: flags.includes('PROMISC'),
    isAllMulticast: flags.includes('ALLMULTI'),
    mtu: Number(shown['mtu']),
    ...optional('queueLength', shown['txqlen']),
    // A bridge takes that of one of its ports.
    ...optional('hardware', kind === 'bridge' ? undefined : shown['address']),
    ...optional('master', shown['master']),
    ...optional('alias', shown['ifalias']),
    ...optional('group', shown['group']),
  };
}

async function readShown(args: readonly string[]): Promise<Shown[]> {
  const text = (await readProgram('ip', ['-json', ...args])).trim();
  return text === '' ? [] : (JSON.parse(text) as Shown[]);
}
