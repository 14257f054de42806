// Never leaves a host without a way in: what is wrong with files of accounts and access as they are going to be, or have become,
// against how they are. What was wrong before is no reason to refuse a change.
import type { StagedView, StateContext, StateProblem } from '../state/state-adapter.js';
import { askAccountPrograms, runLive } from './account-programs.js';
import { checkAccounts } from './check-accounts.js';
import { checkPam } from './check-pam.js';
import { comesIn, findWayIn, type UserAccess } from './find-way-in.js';
import { FIRST_LOOK, gatherAccess } from './gather-access.js';
import { type HostFiles, LIVE_FILES, openStagedFiles } from './host-files.js';
import { readSettings } from './security-settings.js';

/** Who could come in at some time: plain data, to be compared with later. */
export interface KnownWays {
  /** Those whom the settings name; without any, those who could come in. */
  readonly names: readonly string[];
  /** In words, such as `root (a key over SSH)`. */
  readonly ways: readonly string[];
  /** Whether any of them could come in from elsewhere. */
  readonly isRemote: boolean;
  /** Whether the settings name them: then one of them must come in, whether or not any could. */
  readonly isRequired: boolean;
}

/** Who can come in now. */
export async function readWays(context: StateContext): Promise<KnownWays> {
  return waysOf(await readAccess(LIVE_FILES, readSettings(context.settings).wayIn), context);
}

/** What is wrong with the staged files and is not wrong now. */
export async function checkStagedFiles(view: StagedView, context: StateContext): Promise<StateProblem[]> {
  const files = await openStagedFiles(view, FIRST_LOOK);
  if (files === undefined) return [];
  const { wayIn } = readSettings(context.settings);
  const now = await readAccess(LIVE_FILES, wayIn);
  const ways = waysOf(now, context);
  const then = await readAccess(files, ways.names);
  const known = new Set(now.complaints);
  const complaints = then.complaints.filter((complaint) => !known.has(complaint));
  const said = await newComplaints(view);
  return [
    ...atMost([...complaints, ...said]).map((complaint) => ({
      object: 'accounts',
      code: 'VALIDATION_FAILED',
      message: `would be wrong: ${complaint}. Choose another recovery point, or leave the component out of this.`,
    })),
    ...missingWay(ways, then, 'would be'),
  ];
}

/** What has become of the ways that there were. */
export async function checkWays(before: KnownWays): Promise<StateProblem[]> {
  return missingWay(before, await readAccess(LIVE_FILES, before.names), 'is');
}

export interface AccessReading {
  readonly complaints: readonly string[];
  /** Of those whom was asked for, and of all who may become root. */
  readonly users: readonly UserAccess[];
}

export async function readAccess(files: HostFiles, names: readonly string[]): Promise<AccessReading> {
  const { access, users } = await gatherAccess(files, names);
  const complaints = [...checkAccounts(access.accounts), ...(await checkPam(files))];
  return { complaints, users: findWayIn(access, users) };
}

/** `complaints` of programs that they have of the staged files, and not of those that are there now. */
async function newComplaints(view: StagedView): Promise<string[]> {
  const then = await askAccountPrograms((program, args) => view.run(program, args), 'all');
  if (then.length === 0) return [];
  const now = new Set(await askAccountPrograms(runLive, 'all'));
  return then.filter((complaint) => !now.has(complaint));
}

function waysOf({ users }: AccessReading, context: StateContext): KnownWays {
  const { wayIn } = readSettings(context.settings);
  const isRequired = wayIn.length > 0;
  const open = users.filter((user) => comesIn(user) && (!isRequired || wayIn.includes(user.user)));
  return {
    names: isRequired ? wayIn : open.map(({ user }) => user),
    ways: open.map(describeWays),
    isRemote: open.some(({ remote }) => remote.length > 0),
    isRequired,
  };
}

function missingWay(before: KnownWays, { users }: AccessReading, verb: 'is' | 'would be'): StateProblem[] {
  if (!before.isRequired && before.ways.length === 0) return [];
  const meant = users.filter(({ user }) => before.names.includes(user));
  const isOpen = before.isRemote ? meant.some(({ remote }) => remote.length > 0) : meant.some(comesIn);
  if (isOpen) return [];
  const atConsole = meant.filter(comesIn).map(({ user }) => user);
  const left =
    atConsole.length === 0
      ? `${verb} closed: nobody could log in and become root`
      : `${verb} open at the console only, to ${atConsole.join(', ')}: from elsewhere nobody could log in and become root`;
  const could = before.ways.length === 0 ? 'nobody could' : before.ways.join(', ');
  const others = users.filter((user) => comesIn(user) && !meant.includes(user)).map(describeWays);
  const instead = others.length === 0 ? '' : ` Others can: ${others.slice(0, MOST_REASONS).join(', ')}.`;
  const reasons = meant.map(
    ({ user, obstacles }) => `${user}: ${obstacles.join(', ') || 'it can not log in'}`,
  );
  return [
    {
      object: 'way in',
      code: 'VALIDATION_FAILED',
      message: `${left}. Before: ${could}. What is in the way: ${reasons.slice(0, MOST_REASONS).join('; ')}.${instead} Choose another recovery point, leave the component out, or first give somebody else a way in and name them in its setting wayIn.`,
    },
  ];
}

const MOST_REASONS = 10;
const MOST_COMPLAINTS = 20;

function atMost(complaints: readonly string[]): string[] {
  const more = complaints.length - MOST_COMPLAINTS;
  const shown = complaints.slice(0, MOST_COMPLAINTS);
  return more > 0 ? [...shown, `${more} more of this kind`] : shown;
}

function describeWays({ user, remote, local }: UserAccess): string {
  return `${user} (${[...remote, ...local].join(', ')})`;
}
