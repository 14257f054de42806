// What files that git reads may hold without its fsck having anything to say: plain forms of them, and not all that git takes.
// Source: git's fsck.c (fsck_blob), and git-config(1) for the form of .gitmodules.

/** Longer files are not looked at. */
export const MOST_READ_BYTES = 1 << 20;
/** Git complains of lines of 2,048 bytes and more. */
const LONGEST_LINE = /^[^\n]{0,2000}(?:\n[^\n]{0,2000})*$/;

const SECTION = /^\[submodule "([\w.+@/ -]+)"\]$/;
const SETTING = /^(path|url|branch|ignore|shallow|update|fetchRecurseSubmodules) *= *(\S.*)?$/i;
const PLAIN_VALUE = /^[\w.+@:/~][\w.+@:/~ -]*$/;
/** Of the common protocols, as scp has it, or relative. */
const HARMLESS_URL = /^(?:(?:https?|ssh|git):\/\/\w|\w[\w.-]*@\w[\w.-]*:[\w/~]|\.{1,2}\/\w)/;

/** A .gitmodules of comments, of sections for submodules, and of settings with plain values. */
export function isHarmlessModules(content: Uint8Array): boolean {
  const text = textOf(content);
  if (!LONGEST_LINE.test(text)) return false;
  let isInSection = false;
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '' || /^[#;]/.test(line)) continue;
    const section = SECTION.exec(line);
    if (section?.[1].split('/').includes('..') === true) return false;
    isInSection ||= section !== null;
    if (section === null && !(isInSection && isHarmlessSetting(line))) return false;
  }
  return true;
}

function isHarmlessSetting(line: string): boolean {
  const [, key, value] = SETTING.exec(line) ?? [];
  if (value === undefined || !PLAIN_VALUE.test(value)) return false;
  if (key.toLowerCase() === 'update') return /^(checkout|rebase|merge|none)$/.test(value);
  if (key.toLowerCase() === 'url') return HARMLESS_URL.test(value);
  return true;
}

/** A .gitattributes without long lines. */
export function isHarmlessAttributes(content: Uint8Array): boolean {
  return LONGEST_LINE.test(textOf(content));
}

/** Each byte as one character. */
function textOf(content: Uint8Array): string {
  return new TextDecoder('latin1').decode(content);
}
