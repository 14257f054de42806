// The files of a component of security: those that are there always, and those that accounts, sudo and sshd name.
import { normalize } from 'node:path';
import type { FileSelection, StateContext } from '../state/state-adapter.js';
import { ACCOUNT_FILES, parseAccounts } from './account-files.js';
import { directoriesAbove } from './authorized-keys.js';
import { readSshdSettings, readSudoersLines, SUDOERS } from './gather-access.js';
import { LIVE_FILES } from './host-files.js';
import { readSettings } from './security-settings.js';
import { allKeyFiles, expandKeyFile } from './sshd-settings.js';

export const PROFILES = '/etc/apparmor.d';

/** That tell who is who: what caches of accounts are made from. */
export const NAME_FILES: readonly string[] = [ACCOUNT_FILES.passwd, ACCOUNT_FILES.group];

const ALWAYS = [
  ...[...Object.values(ACCOUNT_FILES), '/etc/subuid', '/etc/subgid'],
  ...[
    SUDOERS,
    '/etc/sudoers.d',
    '/etc/login.defs',
    '/etc/shells',
    '/etc/security',
    '/etc/pam.d',
    '/etc/pam.conf',
  ],
  PROFILES,
];

/** Made from the profiles by the programs of AppArmor. */
const EXCLUDED = [`${PROFILES}/cache`, `${PROFILES}/cache.d`];

/** Where nothing is kept: file systems of the kernel, and homes that are meant not to be there. */
const NO_HOMES = /^\/(?:proc|sys|dev|run|nonexistent|var\/empty)(?:\/|$)/;

export async function listFiles(context: StateContext): Promise<FileSelection> {
  const { includesUser } = readSettings(context.settings);
  const { included } = await readSudoersLines(LIVE_FILES);
  const patterns = allKeyFiles(await readSshdSettings(LIVE_FILES));
  const { users } = parseAccounts(await LIVE_FILES.read([ACCOUNT_FILES.passwd]));
  const paths = new Set([...ALWAYS, ...included]);
  for (const user of users) {
    if (!includesUser(user.name)) continue;
    for (const pattern of patterns) {
      const path = expandKeyFile(pattern, user);
      if (path !== undefined && !NO_HOMES.test(path)) paths.add(normalize(path));
    }
  }
  const outermost = [...paths].filter((path) => !directoriesAbove(path, '/').some((each) => paths.has(each)));
  return { paths: outermost, exclude: EXCLUDED };
}
