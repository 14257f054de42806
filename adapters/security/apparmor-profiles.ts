// The profiles of AppArmor that the kernel has, with their modes, and the files that they come from. Profiles that no file
// of /etc/apparmor.d declares are their own programs' (those of containers and snaps), and are none of ours.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { tolerate } from '../backends/storage-error.js';
import { PROFILES } from './security-files.js';

const SECURITY = '/sys/kernel/security/apparmor';
export const LOADED_PROFILES = `${SECURITY}/profiles`;
export const REMOVE_PROFILE = `${SECURITY}/.remove`;

export interface LoadedProfile {
  readonly name: string;
  /** enforce, complain, kill, unconfined, … */
  readonly mode: string;
}

/** What the kernel has loaded; `undefined` where it has no AppArmor, or does not show it. Throws the system's error. */
export function readLoadedProfiles(file = LOADED_PROFILES): LoadedProfile[] | undefined {
  const content = tolerate(['ENOENT', 'ENOTDIR', 'EACCES'], () => readFileSync(file, 'utf8'));
  return content === undefined ? undefined : parseLoadedProfiles(content);
}

/** Lines such as `/usr/sbin/tcpdump (enforce)`. Those within others, which come with them, are left out. */
export function parseLoadedProfiles(content: string): LoadedProfile[] {
  return content.split('\n').flatMap((line) => {
    const parts = /^(.+) \((\w+)\)$/.exec(line);
    return parts === null || parts[1].includes('//') ? [] : [{ name: parts[1], mode: parts[2] }];
  });
}

/** The file that declares each profile, by the profile's name. */
export function findProfileFiles(directory = PROFILES): Map<string, string> {
  const files = new Map<string, string>();
  for (const name of listNames(directory)) {
    const path = join(directory, name);
    for (const profile of declaredProfiles(readProfileFile(path))) {
      if (!files.has(profile)) files.set(profile, path);
    }
  }
  return files;
}

/** The names of the profiles that stand by themselves in a file, as far as they have no variables and patterns. */
export function declaredProfiles(content: string): string[] {
  const names: string[] = [];
  let depth = 0;
  for (const line of content.split('\n').map((each) => each.replace(/^\s*#.*$/, '').trim())) {
    const header = depth === 0 && line.endsWith('{') ? PROFILE.exec(line) : null;
    if (header !== null) names.push(header[1] ?? header[2] ?? header[3] ?? header[4]);
    depth = Math.max(0, depth + bracesIn(line));
  }
  return names;
}

/** `profile NAME … {`, or a path alone for both the name and what it is attached to. */
const PROFILE = /^(?:profile\s+(?:"([^"]+)"|([^\s"{(]+))|"(\/[^"]+)"|(\/\S+)).*\{$/;

/** Blocks open at the end of a line and close on one; braces of patterns open and close within one. */
function bracesIn(line: string): number {
  return line.endsWith('{') ? 1 : /^\}/.test(line) ? -1 : 0;
}

function listNames(directory: string): string[] {
  return tolerate(['ENOENT', 'ENOTDIR'], () => readdirSync(directory).sort()) ?? [];
}

function readProfileFile(path: string): string {
  const read = () => (statSync(path).isFile() ? readFileSync(path, 'utf8') : '');
  return tolerate(['ENOENT', 'EACCES', 'ELOOP'], read) ?? '';
}
