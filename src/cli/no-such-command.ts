// What is said of words that name no command, alike by the parser and by the help.
import { FIRST_WORDS, findGroup, secondWords } from './command-groups.js';
import { type CommandLineError, usageError } from './command-line-error.js';
import { nearestWord } from './nearest-word.js';

/** About `words`: one or two, of which the first may name a group. */
export function noSuchCommand([first, ...rest]: readonly string[]): CommandLineError {
  const group = findGroup(first);
  if (group === undefined) {
    const nearest = nearestWord(first, FIRST_WORDS);
    return usageError(`There is no command '${[first, ...rest].join(' ')}'.`, { nearest });
  }
  const known = secondWords(group);
  if (rest.length === 0) {
    return usageError(`'${first}' needs a second word: ${known.join(', ')}.`, { command: first });
  }
  const nearest = nearestWord(rest.join(' '), known);
  return usageError(`There is no command '${first} ${rest.join(' ')}'.`, {
    command: first,
    nearest: nearest === undefined ? undefined : `${first} ${nearest}`,
  });
}
