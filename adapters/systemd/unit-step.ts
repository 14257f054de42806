// The steps that turn units into what they were, as plain data that is kept across a crash.
import type { StateStep } from '../state/state-adapter.js';

/** `forget`: that it failed; `nothing`: only its files change. */
export type UnitAction = 'start' | 'stop' | 'restart' | 'reload' | 'forget' | 'nothing';

/** What systemctl has to do to the links of a unit where its files don't say it. */
export type LinkChange = {
  readonly verb: 'enable' | 'disable' | 'mask' | 'unmask';
  /** Only until the next start of the host. */
  readonly runtime: boolean;
};

export type UnitStep = {
  readonly unit: string;
  readonly action: UnitAction;
  readonly links?: readonly LinkChange[];
};

/** What `stop` and `apply` are given. */
export type PreparedUnits = {
  /** In the order in which they are done. */
  readonly steps: readonly UnitStep[];
  /** What must not run while files are exchanged, in the order in which it is stopped. */
  readonly stops: readonly string[];
  /** Those among them that have no step, but go down with others; in the order in which they are started again after these. */
  readonly followers: readonly string[];
  /** Whether systemd has to read the unit files again. */
  readonly reload: boolean;
};

/** The object of the step that has systemd read all unit files again. */
export const ALL_UNIT_FILES = 'unit files';

export function unitObject(unit: string): string {
  return `unit ${unit}`;
}

export function reloadStep(): StateStep {
  return { object: ALL_UNIT_FILES, do: 'reload', text: 'have systemd read its unit files again' };
}

export function unitStep(step: UnitStep, reason: string): StateStep {
  const { unit, action, links = [] } = step;
  const words = [...links.map(({ verb }) => verb), ...(action === 'nothing' ? [] : [WORDS[action]])];
  return {
    object: unitObject(unit),
    do: action === 'nothing' ? links[0].verb : action,
    text: `${words.join(' and ')} ${unit}${reason === '' ? '' : `: ${reason}`}`,
    data: step,
  };
}

const WORDS: Readonly<Record<Exclude<UnitAction, 'nothing'>, string>> = {
  ...{ start: 'start', stop: 'stop', restart: 'restart', reload: 'reload' },
  forget: 'forget the failure of',
};

/** The unit steps among `steps`, in order. */
export function unitSteps(steps: readonly StateStep[]): UnitStep[] {
  return steps.flatMap(({ data }) => (data === undefined ? [] : [data as unknown as UnitStep]));
}
