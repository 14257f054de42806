// `savepoint git push` and `git fetch`: points to and from a git server.
import type { GitPushProgress, GitPushResult, PushedPoint } from '../index.js';
import type { CommandContext, Outcome } from './command.js';
import { escapeName } from './escape-name.js';
import { countOf } from './format-bytes.js';
import { importOptions, printImported } from './git-import-command.js';
import type { Output } from './output.js';
import type { OptionValues } from './parse-arguments.js';
import { withSavepoint } from './with-savepoint.js';

export async function gitPushCommand(context: CommandContext): Promise<Outcome> {
  const { operands, options, output, interruption } = context;
  const [url, ...points] = operands;
  const signal = interruption.listen();
  return withSavepoint(context, async (savepoint) => {
    const result = await savepoint.git.push(url, {
      ...{ points, force: options.has('force'), signal, ...loginOf(options) },
      ...progressOf(output),
    });
    if (output.json) output.document({ store: savepoint.location, ...result });
    else printPushed(output, result);
    return 'done';
  });
}

export async function gitFetchCommand(context: CommandContext): Promise<Outcome> {
  const { operands, options, output, interruption } = context;
  const [url, ...tags] = operands;
  const signal = interruption.listen();
  return withSavepoint(context, async (savepoint) => {
    const result = await savepoint.git.fetch(url, {
      ...{ tags, signal, ...loginOf(options), ...importOptions(context) },
      onReceive: ({ bytes }) => output.progress({ doing: 'Receiving', bytes }),
    });
    if (output.json) output.document({ store: savepoint.location, ...result });
    else printImported(output, result);
    return 'done';
  });
}

function loginOf(options: OptionValues): { readonly username?: string; readonly passwordFile?: string } {
  const [username, passwordFile] = [options.find('username'), options.find('password-file')];
  return {
    ...(username === undefined ? {} : { username }),
    ...(passwordFile === undefined ? {} : { passwordFile }),
  };
}

function progressOf(output: Output) {
  if (!output.showsProgress) return {};
  return {
    onProgress: ({ phase, bytes, totalBytes }: GitPushProgress) =>
      output.progress({ doing: phase === 'exporting' ? 'Exporting' : 'Sending', bytes, totalBytes }),
  };
}

const OUTCOMES = { pushed: 'Pushed point', replaced: 'Replaced the tag of point' } as const;

function printPushed(output: Output, { url, points, branch }: GitPushResult): void {
  const news = points.filter(({ outcome }) => outcome !== 'present');
  const present = points.length - news.length;
  output.report(...news.map((point) => newsLine(point, output)));
  if (present > 0) output.report(`${escapeName(url)} has ${countOf(present, 'point')} already`);
  const commit = branch.commit.slice(0, 12);
  if (branch.outcome === 'kept') output.report(`The branch points is ahead there, and stays at ${commit}`);
  else if (branch.outcome !== 'present') output.report(`The branch points is at ${commit}`);
}

function newsLine({ name, tag, tagId, outcome }: PushedPoint, { style }: Output): string {
  if (outcome === 'present') return '';
  const as = tag === name ? '' : `, as the tag ${escapeName(tag)}`;
  return `${OUTCOMES[outcome]} ${style.bold(escapeName(name))}, tag id ${tagId.slice(0, 12)}${as}`;
}
