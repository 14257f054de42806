// Services that stop: systemd units that were well when the trigger was armed and fail later, or start again and again.
import { execFile } from 'node:child_process';
import { SavepointError } from '../../store/errors.js';
import type { TriggerRule } from '../configuration/configuration.js';
import type { Look } from './look.js';

interface UnitState {
  readonly active: string;
  /** How often systemd has started it again by itself. */
  readonly restarts: number;
}

export interface ServiceBaseline {
  readonly kind: 'service';
  readonly units: Readonly<Record<string, UnitState>>;
  /** Whether these are all services: then one that ends by itself is no news. */
  readonly all?: boolean;
}

const TIMEOUT_MS = 10_000;

/** The units of the rule, else all services. Throws UNSUPPORTED where systemd can't be asked. */
export async function armServices(rule: TriggerRule & { readonly on: 'service' }): Promise<ServiceBaseline> {
  const units = Object.fromEntries(await readUnits(rule.units));
  return { kind: 'service', units, ...(rule.units === undefined ? { all: true } : {}) };
}

/**
 * A unit that fails, or is started again and again; of those that are named also one that is no longer active. One that is on
 * its way is given time.
 */
export async function lookAtServices({
  units,
  all = false,
}: ServiceBaseline): Promise<Look<ServiceBaseline>> {
  const now = await readUnits(all ? undefined : Object.keys(units));
  // Units that came to be since then may fail, too.
  const appeared = all
    ? [...now].filter(([unit, { active }]) => active === 'failed' && !(unit in units))
    : [];
  const complaints = Object.entries(units).flatMap(([unit, before]) => {
    const after = now.get(unit);
    if (before.active === 'failed') return [];
    if (after === undefined) return before.active === 'active' && !all ? [`${unit} is gone`] : [];
    if (after.active === 'failed') return [`${unit} failed`];
    if (before.active === 'active' && after.active === 'inactive' && !all)
      return [`${unit} is no longer active`];
    return after.restarts > before.restarts + MOST_RESTARTS
      ? [`${unit} was restarted ${after.restarts - before.restarts} times`]
      : [];
  });
  for (const [unit] of appeared) complaints.push(`${unit} failed`);
  // On its way to be active, a unit keeps what it was: it may still fail to get there.
  const settled = Object.entries(units).map(([unit, before]) => {
    const after = now.get(unit);
    return [unit, after === undefined || isSettled(after) ? (after ?? GONE) : before];
  });
  return {
    reason: complaints.length === 0 ? undefined : complaints.join('; '),
    baseline: {
      ...{ kind: 'service', ...(all ? { all } : {}) },
      units: complaints.length === 0 ? units : Object.fromEntries([...settled, ...appeared]),
    },
  };
}

const GONE: UnitState = { active: 'inactive', restarts: 0 };

function isSettled({ active }: UnitState): boolean {
  return ['active', 'inactive', 'failed'].includes(active);
}

/** To start again once is what some services do when they are updated. */
const MOST_RESTARTS = 2;

async function readUnits(names: readonly string[] | undefined): Promise<Map<string, UnitState>> {
  const patterns = names ?? ['*.service'];
  if (patterns.length === 0) return new Map();
  const properties = ['Id', 'Names', 'ActiveState', 'NRestarts'].map((name) => `--property=${name}`);
  const text = await askSystemd(['show', ...properties, '--', ...patterns]);
  const units = new Map<string, UnitState>();
  for (const block of text.split(/\n\n+/)) {
    const values = new Map(block.split('\n').map((line) => splitAtFirst(line, '=')));
    const state = {
      active: values.get('ActiveState') ?? 'inactive',
      restarts: Number(values.get('NRestarts') ?? 0),
    };
    // A unit may have been asked for by another of its names.
    const known = [values.get('Id') ?? '', ...(values.get('Names') ?? '').split(' ')];
    for (const name of known)
      if (name !== '' && (names === undefined || names.includes(name))) units.set(name, state);
  }
  return units;
}

function splitAtFirst(line: string, separator: string): [string, string] {
  const at = line.indexOf(separator);
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}

function askSystemd(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: TIMEOUT_MS, maxBuffer: 64 << 20, env: { ...process.env, LC_ALL: 'C' } };
    execFile('systemctl', args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(unsupported(stderr.trim() || error.message, error));
    });
  });
}

function unsupported(said: string, cause: unknown): SavepointError {
  return new SavepointError(
    'UNSUPPORTED',
    `The trigger 'service' needs systemd, and systemd can't be asked (${said}). Take the trigger out, or watch the service by a health check.`,
    { cause },
  );
}
