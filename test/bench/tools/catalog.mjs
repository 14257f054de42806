// All tools, in the table's order: Savepoint on each Node version, then the others.
import { borg } from './borg.mjs';
import { cp, rsync } from './copy.mjs';
import { git } from './git.mjs';
import { restic } from './restic.mjs';
import { savepoint } from './savepoint.mjs';
import { tarTools } from './tar.mjs';

const peers = [restic, borg, git, ...tarTools, cp, rsync];

export const families = ['savepoint', ...new Set(peers.map((tool) => tool.family))];

/**
 * @param {{ only: string[], runtimes: import('../runtimes.mjs').Runtime[] }} options `only` holds families
 * @returns {import('./tool.mjs').Tool[]}
 */
export function selectTools({ only, runtimes }) {
  return [...runtimes.map(savepoint), ...peers].filter((tool) => only.includes(tool.family));
}
