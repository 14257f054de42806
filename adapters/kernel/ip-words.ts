// What ip(8) shows as JSON, as the words that it takes: one line for an address, a route or a rule. What has parts that can't be said
// in these words is `undefined`. See ip-address(8), ip-route(8) and ip-rule(8).

/** As `ip -json` prints it. */
export type Shown = { readonly [key: string]: unknown };

export type Family = '-4' | '-6';

/** Of links, addresses and routes that the kernel makes with the numbers it gives them. */
const TYPES = [
  ...['', 'unicast', 'local', 'broadcast', 'anycast', 'multicast', 'blackhole', 'unreachable', 'prohibit'],
  ...['throw', 'nat'],
];
const SCOPES: Readonly<Record<string, string>> = { 0: 'global', 200: 'site', 253: 'link', 254: 'host' };
const PROTOCOLS: Readonly<Record<string, string>> = { 2: 'kernel', 3: 'boot', 4: 'static', 16: 'dhcp' };
const MAIN_TABLE = '254';
const ROUTE_FLAGS = ['onlink', 'pervasive'];
const ROUTE_KEYS = [
  ...[
    'type',
    'dst',
    'from',
    'tos',
    'gateway',
    'via',
    'dev',
    'table',
    'protocol',
    'scope',
    'prefsrc',
    'metric',
  ],
  ...['flags', 'metrics', 'pref', 'nexthops'],
];
const RULE_KEYS = [
  ...['priority', 'not', 'src', 'srclen', 'dst', 'dstlen', 'tos', 'fwmark', 'fwmask', 'iif', 'iif_detached'],
  ...['oif', 'oif_detached', 'l3mdev', 'uid_start', 'uid_end', 'ipproto', 'sport', 'dport', 'table'],
  ...['suppress_prefixlen', 'goto', 'action', 'protocol', 'unresolved'],
];

export function addressWords(shown: Shown): string {
  const { local, address, prefixlen, broadcast, scope, label } = shown;
  const place =
    address === undefined ? [`${local}/${prefixlen}`] : [local, 'peer', `${address}/${prefixlen}`];
  return [
    ...place,
    ...pair('brd', broadcast),
    ...pair('scope', scope),
    ...pair('label', label),
    ...pair('metric', shown['metric']),
    ...['noprefixroute', 'mngtmpaddr', 'home'].filter((flag) => shown[flag] === true),
  ].join(' ');
}

/** `shown` with numbers for names (`ip -N`) and all details. */
export function routeWords(family: Family, shown: Shown): string | undefined {
  if (Object.keys(shown).some((key) => !ROUTE_KEYS.includes(key))) return undefined;
  const { dst, from, tos, table, protocol, scope, prefsrc, metric, pref, nexthops = [] } = shown;
  const type = TYPES[Number(shown['type'])] ?? String(shown['type']);
  const [metrics = {}] = (shown['metrics'] as Shown[] | undefined) ?? [];
  const hops = (nexthops as Shown[]).map((hop) => [
    'nexthop',
    ...hopWords(hop),
    ...pair('weight', hop['weight']),
  ]);
  const words = [
    ...(type === 'unicast' ? [] : [type]),
    dst,
    ...pair('from', from),
    ...pair('tos', tos),
    ...hopWords(shown),
    ...pair('table', table === MAIN_TABLE ? undefined : table),
    ...pair('proto', PROTOCOLS[String(protocol)] ?? protocol),
    ...pair('scope', family === '-6' ? undefined : (SCOPES[String(scope)] ?? scope)),
    ...pair('src', prefsrc),
    ...pair('metric', metric),
    ...pair('pref', pref),
    ...Object.entries(metrics).flatMap(([name, value]) => pair(name, value)),
    ...hops.flat(),
  ];
  return [family, ...words].join(' ');
}

/** Of two routes with the same one, the second takes the place of the first. */
export function routeKey(words: string): string {
  const all = words.split(' ');
  const after = (word: string) => (all.includes(word) ? all[all.indexOf(word) + 1] : '');
  const destination = TYPES.includes(all[1]) ? all[2] : all[1];
  return [all[0], destination, after('table'), after('tos'), after('metric')].join(' ');
}

export function ruleWords(family: Family, shown: Shown): string | undefined {
  if (Object.keys(shown).some((key) => !RULE_KEYS.includes(key))) return undefined;
  const { src, srclen, dst, dstlen, fwmark, fwmask, uid_start: first, uid_end: last } = shown;
  const { action, protocol } = shown;
  const prefix = (address: unknown, length: unknown) =>
    length === undefined ? address : `${address}/${length}`;
  const words = [
    ...('not' in shown ? ['not'] : []),
    ...pair('priority', shown['priority']),
    ...pair('from', prefix(src, srclen)),
    ...pair('to', dst === undefined ? undefined : prefix(dst, dstlen)),
    ...pair('tos', shown['tos']),
    ...pair('fwmark', fwmask === undefined ? fwmark : `${fwmark}/${fwmask}`),
    ...['iif', 'oif'].flatMap((word) => pair(word, shown[word])),
    ...('l3mdev' in shown ? ['l3mdev'] : []),
    ...pair('uidrange', first === undefined ? undefined : `${first}-${last}`),
    ...['ipproto', 'sport', 'dport'].flatMap((word) => pair(word, shown[word])),
    ...pair('table', shown['table']),
    ...pair('suppress_prefixlength', shown['suppress_prefixlen']),
    ...pair('goto', shown['goto']),
    ...(action === undefined ? [] : [TYPES[Number(action)] ?? action]),
    ...pair('protocol', PROTOCOLS[String(protocol)] ?? (protocol === '0' ? undefined : protocol)),
  ];
  return [family, ...words].join(' ');
}

function hopWords({ gateway, via, dev, flags = [] }: Shown): unknown[] {
  const other = via as { family: string; host: string } | undefined;
  return [
    ...(other === undefined ? pair('via', gateway) : ['via', other.family, other.host]),
    ...pair('dev', dev),
    ...(flags as string[]).filter((flag) => ROUTE_FLAGS.includes(flag)),
  ];
}

function pair(word: string, value: unknown): unknown[] {
  return value === undefined ? [] : [word, value];
}
