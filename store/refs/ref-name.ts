// Which names a ref may have: git's rules (git-check-ref-format), for UTF-8, at most 200 bytes. So every ref can
// become one of git's, and none needs quoting in a shell or a line of text.
import { SavepointError } from '../errors.js';
import { encodeName, isWellFormed } from '../names.js';

const LONGEST_NAME_BYTES = 200;

/** A rule, as what is wrong where `breaks` is true. */
interface Rule {
  readonly complaint: string;
  readonly breaks: (name: string) => boolean;
}

const RULES: readonly Rule[] = [
  { complaint: 'it is empty', breaks: (name) => name === '' },
  {
    complaint: 'it is not in a folder, as points/NAME is',
    breaks: (name) => !name.includes('/'),
  },
  { complaint: 'it is not valid UTF-8', breaks: (name) => !isWellFormed(name) },
  {
    complaint: `it is longer than ${LONGEST_NAME_BYTES} bytes`,
    breaks: (name) => encodeName(name).length > LONGEST_NAME_BYTES,
  },
  { complaint: 'it has a control character', breaks: (name) => /\p{Cc}/u.test(name) },
  { complaint: 'it has a blank or a line break', breaks: (name) => /\s/u.test(name) },
  { complaint: 'it has one of ~ ^ : ? * [ \\', breaks: (name) => /[~^:?*[\\]/.test(name) },
  { complaint: "it has '..'", breaks: (name) => name.includes('..') },
  { complaint: "it has '@{'", breaks: (name) => name.includes('@{') },
  { complaint: 'a part of it is empty', breaks: (name) => name.split('/').includes('') },
  { complaint: "a part of it starts with '.'", breaks: (name) => /(^|\/)\./.test(name) },
  { complaint: "a part of it starts with '-'", breaks: (name) => /(^|\/)-/.test(name) },
  { complaint: "a part of it ends with '.lock'", breaks: (name) => /\.lock(\/|$)/.test(name) },
  { complaint: "it ends with '.'", breaks: (name) => name.endsWith('.') },
];

/** Nearly every name, and nothing that a rule forbids but length and '.lock': a log of 10,000 refs is read often. */
const PLAIN = /^\w+(?:[-.]\w+)*(?:\/\w+(?:[-.]\w+)*)+$/;

/** Throws INVALID_NAME, and says which rule is broken, where `name` can't name a ref. */
export function checkRefName(name: string): void {
  const complaint = findRefNameComplaint(name);
  if (complaint === undefined) return;
  throw new SavepointError('INVALID_NAME', `'${name}' can't name a ref: ${complaint}. Choose another name.`, {
    fields: { name, rule: complaint },
  });
}

/** What is wrong with `name` as the name of a ref; `undefined` where nothing is. */
export function findRefNameComplaint(name: string): string | undefined {
  if (PLAIN.test(name) && name.length <= LONGEST_NAME_BYTES && !name.includes('.lock')) return undefined;
  return RULES.find((rule) => rule.breaks(name))?.complaint;
}
