// How a comparison looks for renamed and copied files, as the flags of `diff` say it.
import type { RenameLimit, RenameOptions } from '../index.js';
import type { CommandContext } from './command.js';
import { usageError } from './command-line-error.js';
import { formatCount } from './format-bytes.js';
import type { OptionValues } from './parse-arguments.js';
import { wholeNumber } from './whole-number.js';

const ASKING = ['find-renames', 'find-copies', 'find-copies-harder', 'rename-limit'];

/** `undefined` where none are looked for: in JSON, where no flag asks for them. Throws USAGE. */
export function renameOptions({ options, output }: CommandContext): RenameOptions | undefined {
  const asked = ASKING.filter((name) => options.has(name));
  if (options.has('no-renames')) {
    if (asked.length > 0)
      throw usageError(`'--no-renames' and '--${asked[0]}' exclude each other.`, { command: 'diff' });
    return undefined;
  }
  if (output.json && asked.length === 0) return undefined;
  const similarity = similarityOf(options);
  const limit = options.find('rename-limit');
  const copies = options.has('find-copies-harder')
    ? 'all'
    : options.has('find-copies')
      ? 'changed'
      : undefined;
  return {
    ...(similarity === undefined ? {} : { similarity }),
    ...(limit === undefined
      ? {}
      : { limit: wholeNumber(limit, { flag: '--rename-limit', command: 'diff' }) }),
    ...(copies === undefined ? {} : { copies }),
    onLimit: (reached) => output.message(describeLimit(reached)),
  };
}

/** The lower of both, if both are given. */
function similarityOf(options: OptionValues): number | undefined {
  const given = ['find-renames', 'find-copies'].flatMap((name) => {
    const text = options.find(name);
    return text === undefined || text === '' ? [] : [percentage(text, `--${name}`)];
  });
  return given.length === 0 ? undefined : Math.min(...given);
}

function percentage(text: string, flag: string): number {
  const value = /^(\d{1,3})%?$/.exec(text)?.[1];
  const percent = Number(value);
  if (value !== undefined && percent >= 1 && percent <= 100) return percent;
  throw usageError(`'${text}' is no percentage from 1 to 100, which ${flag} takes.`, { command: 'diff' });
}

function describeLimit({ component, targets, sources, limit, exact }: RenameLimit): string {
  if (exact === true)
    return `savepoint: ${component} has more than ${formatCount(targets)} changes; renames were not looked for.`;
  return (
    `savepoint: not all contents in ${component} were compared for renames: ${formatCount(targets)} new files, ` +
    `${formatCount(sources)} possible sources; --rename-limit is ${formatCount(limit)}.`
  );
}
