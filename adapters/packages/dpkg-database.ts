// What dpkg knows of the packages of the host, as it says itself: with what an interrupted run has not yet put into its file.
import { readProgram } from '../system/run-program.js';

export interface DpkgPackage {
  readonly name: string;
  readonly architecture: string;
  readonly version: string;
  /** What is wanted: install, hold, deinstall, purge, unknown. */
  readonly selection: string;
  /** `reinstreq` where it is so broken that it has to be installed again. */
  readonly flag: string;
  /** installed, config-files, half-configured, … */
  readonly state: string;
  readonly essential: boolean;
  readonly installedKib: number;
  /** The MD5 of each configuration file as the package brought it; those that it no longer has are left out. */
  readonly conffiles: Readonly<Record<string, string>>;
  /** Its fields, without those that only say how it is installed. */
  readonly control: string;
}

/** Fields of the database that no package has itself. */
const OWN_FIELDS = new Set(['Status', 'Conffiles', 'Config-Version', 'Triggers-Pending', 'Triggers-Awaited']);
/** States in which its files are there, and its scripts have been run as far as they are to be. */
const SETTLED = ['installed', 'triggers-awaited', 'triggers-pending'];

/** All packages that are there in part or in whole, by `name:architecture`, in order. */
export async function readDpkgDatabase(): Promise<Map<string, DpkgPackage>> {
  const text = await readProgram('dpkg-query', ['--status']);
  const packages = text
    .split('\n\n')
    .filter((stanza) => stanza.trim() !== '')
    .map((stanza) => parsePackage(stanza.replace(/^\n+|\n+$/g, '')))
    .filter(({ state }) => state !== 'not-installed')
    .map((each) => [packageKey(each), each] as const);
  return new Map(packages.sort(([left], [right]) => (left < right ? -1 : 1)));
}

export function packageKey({ name, architecture }: Pick<DpkgPackage, 'name' | 'architecture'>): string {
  return `${name}:${architecture}`;
}

/** As programs take it: there is no architecture `all` for them. */
export function packageWord({ name, architecture }: Pick<DpkgPackage, 'name' | 'architecture'>): string {
  return architecture === 'all' ? name : `${name}:${architecture}`;
}

export function isSettled({ state, flag }: Pick<DpkgPackage, 'state'> & { flag?: string }): boolean {
  return SETTLED.includes(state) && flag !== 'reinstreq';
}

/** Whether an installation of it was begun and not ended. */
export function isBroken(each: Pick<DpkgPackage, 'state' | 'flag'>): boolean {
  return each.state !== 'config-files' && !isSettled(each);
}

/** Splits a stanza into its fields, each with the lines that belong to it. */
export function splitFields(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const field of stanza.split(/\n(?![ \t])/)) {
    const colon = field.indexOf(':');
    fields.set(field.slice(0, colon), field.slice(colon + 1).replace(/^ /, ''));
  }
  return fields;
}

function parsePackage(stanza: string): DpkgPackage {
  const fields = splitFields(stanza);
  const [selection = 'unknown', flag = 'ok', state = 'not-installed'] = (fields.get('Status') ?? '').split(
    ' ',
  );
  const control = [...fields].filter(([name]) => !OWN_FIELDS.has(name));
  return {
    name: fields.get('Package') ?? '',
    architecture: fields.get('Architecture') ?? 'all',
    version: fields.get('Version') ?? '',
    ...{ selection, flag, state },
    essential: fields.get('Essential') === 'yes' || fields.get('Protected') === 'yes',
    installedKib: Number(fields.get('Installed-Size') ?? 0),
    conffiles: parseConffiles(fields.get('Conffiles') ?? ''),
    control: control.map(([name, value]) => `${name}: ${value}`.replace(/: \n/, ':\n')).join('\n'),
  };
}

function parseConffiles(value: string): Record<string, string> {
  const lines = value.split('\n').map((line) => /^ (.*?) (\S+)( obsolete| remove-on-upgrade)*$/.exec(line));
  const found = lines.flatMap((match) =>
    match !== null && match[3] === undefined ? [[match[1] as string, match[2] as string] as const] : [],
  );
  return Object.fromEntries(found);
}
